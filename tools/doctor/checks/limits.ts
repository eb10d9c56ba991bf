import { post } from '../post.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

const LOOPBACK = /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/;

/** Checks that posts of one client are limited. */
export const limits: Check = {
  name: 'limits',
  async run(visit) {
    const { answer } = await post(visit, 'limits');
    const policy = String(answer.headers['ratelimit-policy'] ?? '');
    if (policy.includes('"address"')) return ok(`posts of one address are limited (${policy})`);
    if (LOOPBACK.test(visit.url.hostname) && visit.url.protocol === 'http:') {
      return open('there are none, the default where only this machine can connect');
    }
    return wrong('posts of one address are not limited', {
      why: 'one client can fill the log and slow down all others',
      mend: 'chat: POSTS_PER_ADDRESS=3000 POSTS_PER_ACCOUNT=3000, and TRUSTED_PROXIES=<the address of the proxy>',
    });
  },
};

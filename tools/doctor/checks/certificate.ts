import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { hostOf } from '@parley/kit/http/host-of.ts';
import { handshake } from '../handshake.ts';
import { type Check, ok, open, type Verdict, type Visit, wrong } from '../verdict.ts';

const DAY_MS = 86_400_000;
const RENEW_DAYS = 14;
const WHY = 'browsers refuse the page and its streams';

/** Checks that browsers accept the certificate: its authority, its name and its validity. */
export const certificate: Check = {
  name: 'certificate',
  async run(visit) {
    if (visit.url.protocol !== 'https:') {
      return wrong('there is none: this is plain HTTP', {
        why: 'anyone on the network path can read and change messages',
        mend: 'nginx: listen 443 ssl; ssl_certificate …; ssl_certificate_key …;  then use https://',
      });
    }
    const socket = await handshake(visit);
    const verdict = judge(socket, visit);
    socket.destroy();
    return verdict;
  },
};

function judge(socket: TLSSocket, { url, insecure }: Visit): Verdict {
  const host = hostOf(url);
  const found = socket.getPeerCertificate();
  const daysLeft = Math.floor((Date.parse(found.valid_to) - Date.now()) / DAY_MS);
  if (daysLeft < 0) {
    return wrong(`it expired on ${found.valid_to}`, { why: WHY, mend: renewal() });
  }
  if (Date.parse(found.valid_from) > Date.now()) {
    return wrong(`it is valid only from ${found.valid_from}`, {
      why: WHY,
      mend: 'if the clock here or where it was made is wrong: timedatectl set-ntp true; otherwise wait, or renew it',
    });
  }
  const misnamed = checkServerIdentity(host, found);
  if (misnamed) {
    return wrong(`it is not for ${host}, but for ${found.subjectaltname ?? 'no name'}`, {
      why: WHY,
      mend: `use a certificate whose names include ${host}  (${howToRun('secrets', 'edge', '--host', host)})`,
    });
  }
  if (daysLeft < RENEW_DAYS) {
    return wrong(`it expires in ${daysLeft} days`, { why: `after that ${WHY}`, mend: renewal() });
  }
  const life = `${socket.getProtocol()}, ${daysLeft} days left`;
  if (socket.authorized) return ok(`for ${host}, ${life}`);
  if (insecure) return open(`its authority is not checked (--insecure); ${life}`);
  return wrong(`its authority is not trusted (${socket.authorizationError})`, {
    why: WHY,
    mend: 'nginx: ssl_certificate with the whole chain, from an authority that browsers know  (or --ca FILE, if your readers trust your own authority)',
  });
}

function renewal(): string {
  return 'renew it, then: nginx -s reload';
}

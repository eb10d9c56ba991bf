import { handshake } from '../handshake.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

/** Checks that browsers get HTTP/2. */
export const httpVersion: Check = {
  name: 'HTTP version',
  async run(visit) {
    if (visit.url.protocol !== 'https:') return open('without TLS browsers use HTTP/1.1');
    const socket = await handshake(visit);
    const chosen = socket.alpnProtocol;
    socket.destroy();
    if (chosen === 'h2') return ok('HTTP/2');
    return wrong('HTTP/1.1 only', {
      why: 'a browser opens at most six connections to a host: the seventh tab with a stream waits without end',
      mend: 'nginx: http2 on;  (before 1.25.1: listen 443 ssl http2;)',
    });
  },
};

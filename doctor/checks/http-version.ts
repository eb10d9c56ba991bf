import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { type Check, ok, open, wrong } from '../verdict.ts';

/** Whether browsers get HTTP/2. */
export const httpVersion: Check = {
  name: 'HTTP version',
  async run({ url }) {
    if (url.protocol !== 'https:') return open('without TLS browsers speak HTTP/1.1');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const chosen = await new Promise<string | false | null>((resolve, reject) => {
      const socket = connect({
        host,
        port: Number(url.port || 443),
        ...(isIP(host) === 0 && { servername: host }),
        ALPNProtocols: ['h2', 'http/1.1'],
        rejectUnauthorized: false,
      });
      socket.once('error', reject).once('secureConnect', () => {
        socket.destroy();
        resolve(socket.alpnProtocol);
      });
    });
    if (chosen === 'h2') return ok('HTTP/2');
    return wrong('HTTP/1.1 only', {
      why: 'a browser opens six connections to a host at most: the seventh tab with a stream waits for ever',
      mend: 'nginx: http2 on;  (before 1.25.1: listen 443 ssl http2;)',
    });
  },
};

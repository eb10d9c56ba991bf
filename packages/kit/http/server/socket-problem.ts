import type { Duplex } from 'node:stream';
import { type ChatError, encodeProblem } from '@parley/contract/problem.ts';

/** How long a client may take to receive the answer and to leave. */
const END_LIMIT_MS = 1_000;

/** Writes a problem document to a socket that has no response object, and closes the socket. */
export function endWithProblem(socket: Duplex, error: ChatError, serverName: string): void {
  const problem = encodeProblem(error);
  const body = JSON.stringify(problem);
  const challenge = error.challenge ? `WWW-Authenticate: ${error.challenge}\r\n` : '';
  // RFC 9110 section 15.5.22, RFC 6455 section 4.2.2.
  const upgrade = error.status === 426 ? 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' : '';
  const retry =
    error.retryAfterSeconds === undefined ? '' : `Retry-After: ${error.retryAfterSeconds}\r\n`;
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Served-By: ${serverName}\r\n` +
      `${challenge}${retry}${upgrade}Connection: ${upgrade ? 'Upgrade, ' : ''}close\r\n\r\n${body}`,
  );
  // No other code reads from this socket any more.
  socket.resume();
  const limit = setTimeout(() => socket.destroy(), END_LIMIT_MS);
  socket.once('close', () => clearTimeout(limit));
}

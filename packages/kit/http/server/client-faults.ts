import type { Socket } from 'node:net';
import { ChatError, type ProblemCode } from '@parley/contract/problem.ts';
import { endWithProblem } from './socket-problem.ts';

const FAULTS: Record<string, [ProblemCode, string]> = {
  HPE_HEADER_OVERFLOW: [
    'headers-too-large',
    'The request line and headers are too long; send fewer.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    'request-timeout',
    'The request did not arrive in time; send it again.',
  ],
};
const MALFORMED: [ProblemCode, string] = [
  'malformed-request',
  'The request is not valid HTTP/1.1.',
];

/**
 * Answers a request that Node's parser refuses before any route sees it, and closes the connection.
 */
export function answerClientFault(
  error: NodeJS.ErrnoException,
  socket: Socket,
  serverName: string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = FAULTS[error.code ?? ''] ?? MALFORMED;
  endWithProblem(socket, new ChatError(code, detail), serverName);
}

import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { BODY_MAX_BYTES } from '@parley/kit/http/server/unfinished-bodies.ts';

/**
 * How much of a body that is too large is read and discarded, so that the client can read the
 * answer.
 */
const DISCARD_MAX_BYTES = 1_048_576;

/**
 * Reads a request's whole body. A body that is too large is refused as soon as that is known,
 * without waiting for the rest.
 * @throws ChatError `body-too-large`, `unsupported-media-type` for a Content-Encoding, or
 * `malformed-request` when it is cut short
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const { headers } = request;
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new ChatError(
      'unsupported-media-type',
      'Send the body as it is, without Content-Encoding.',
    );
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    if (Number(headers['content-length'] ?? 0) > BODY_MAX_BYTES) refuse();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
      else refuse();
      if (bytes > DISCARD_MAX_BYTES) request.destroy();
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () =>
      reject(new ChatError('malformed-request', 'The body was cut short.')),
    );

    function refuse(): void {
      chunks.length = 0;
      reject(new ChatError('body-too-large', 'The body is over 64 KB; send less.'));
    }
  });
}

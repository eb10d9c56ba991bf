import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { BODY_MAX_BYTES } from './server/unfinished-bodies.ts';

/**
 * How much of a body that is too large is read and discarded, so that the client can read the
 * answer.
 */
const DISCARD_MAX_BYTES = 1_048_576;

/** Counts the bytes of a body as they arrive. */
export interface BodyCount {
  add(bytes: number): void;
  /** Aborts when the body is refused; its reason is the ChatError for the client. */
  signal: AbortSignal;
}

/**
 * Reads a request's whole body. A body that is too large is refused as soon as that is known,
 * without waiting for the rest.
 * @throws ChatError `body-too-large`, `unsupported-media-type` for a Content-Encoding,
 * `malformed-request` when it is cut short, or what `count` refuses it with
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes = BODY_MAX_BYTES, count }: { maxBytes?: number; count?: BodyCount } = {},
): Promise<Buffer> {
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
    let refused = false;
    count?.signal.addEventListener('abort', () => refuse(count.signal.reason), { once: true });
    if (Number(headers['content-length'] ?? 0) > maxBytes) refuse(tooLarge(maxBytes));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) refuse(tooLarge(maxBytes));
      if (!refused) {
        chunks.push(chunk);
        count?.add(chunk.length);
      }
      if (bytes > maxBytes + DISCARD_MAX_BYTES) request.destroy();
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () =>
      reject(new ChatError('malformed-request', 'The body was cut short.')),
    );

    function refuse(error: ChatError): void {
      refused = true;
      chunks.length = 0;
      reject(error);
    }
  });
}

function tooLarge(maxBytes: number): ChatError {
  const size = maxBytes < 1_048_576 ? `${maxBytes / 1_024} KB` : `${maxBytes / 1_048_576} MB`;
  return new ChatError('body-too-large', `The body is over ${size}; send less.`);
}

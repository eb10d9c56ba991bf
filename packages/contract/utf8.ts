import { ChatError } from './problem.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes UTF-8, without a byte order mark at its start. `what` begins the sentence for a client,
 * such as "The body".
 * @throws ChatError `invalid-encoding`
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ChatError('invalid-encoding', `${what} is not valid UTF-8.`);
  }
}

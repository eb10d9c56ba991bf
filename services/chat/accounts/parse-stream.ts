import { instanceOf } from '@parley/contract/accounts/renewal.ts';
import { ChatError } from '@parley/contract/problem.ts';

/**
 * Reads a stream's id, from its `hello`, and the instance in it.
 * @throws ChatError `malformed-request`
 */
export function parseStream(value: unknown): { stream: string; instance: string } {
  const stream = String(value);
  const instance = instanceOf(stream);
  if (instance !== undefined) return { stream, instance };
  throw new ChatError('malformed-request', "Send the id in the stream's hello event.");
}

import { ChatError } from '@parley/contract/problem.ts';
import { instanceOf } from '@parley/contract/renewal.ts';

/** Reads the id that a stream's `hello` told, and where it is open. @throws ChatError `malformed-request` */
export function parseStream(value: unknown): { stream: string; instance: string } {
  const stream = String(value);
  const instance = instanceOf(stream);
  if (instance !== undefined) return { stream, instance };
  throw new ChatError('malformed-request', 'Send the id that the hello of the stream told.');
}

import { ChatError } from '../problem.ts';

/** Visible ASCII, which every HTTP library can send in a header. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** True for a text that can be a key. */
export function isIdempotencyKey(key: unknown): key is string {
  return typeof key === 'string' && IDEMPOTENCY_KEY.test(key);
}

/**
 * Reads the key that makes a repeat of a post harmless; undefined without a key.
 * @throws ChatError `invalid-idempotency-key`
 */
export function parseIdempotencyKey(key: string | string[] | undefined): string | undefined {
  if (key === undefined || isIdempotencyKey(key)) return key;
  throw new ChatError(
    'invalid-idempotency-key',
    'An Idempotency-Key has 1 to 255 visible ASCII characters.',
  );
}

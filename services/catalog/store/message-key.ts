import { createHash } from 'node:crypto';

/** Longest text that every database accepts in an index. */
const MAX = 200;

/**
 * A `Nats-Msg-Id` as it is stored. A long one, or one with a NUL, which PostgreSQL cannot store in
 * text, is stored as its digest.
 */
export function messageKey(messageId: string | undefined): string | null {
  if (messageId === undefined || messageId === '') return null;
  if (Buffer.byteLength(messageId) <= MAX && !messageId.includes('\0')) return messageId;
  return `sha256:${createHash('sha256').update(messageId).digest('hex')}`;
}

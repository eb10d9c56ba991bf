import { createHash } from 'node:crypto';

/** What every database takes as an index's text. */
const MAX = 200;

/** A `Nats-Msg-Id` as it is stored: its digest where it is long, or holds what PostgreSQL takes in no text. */
export function messageKey(messageId: string | undefined): string | null {
  if (messageId === undefined || messageId === '') return null;
  if (Buffer.byteLength(messageId) <= MAX && !messageId.includes('\0')) return messageId;
  return `sha256:${createHash('sha256').update(messageId).digest('hex')}`;
}

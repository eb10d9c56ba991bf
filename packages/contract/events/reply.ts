import { ChatError } from '../problem.ts';

/** Reads the seq of the message that a message replies to. @throws ChatError `invalid-reply` */
export function parseReplyTo(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new ChatError(
    'invalid-reply',
    'replyTo is the seq of a message in this channel: 1, 2, 3 …',
  );
}

import type { HeldMessage } from './excerpt.ts';

/** The seqs of the replies that are not deleted, by the seq of the message that they reply to. */
export type Replies = ReadonlyMap<number, readonly number[]>;

/** The replies among the newest messages. */
export function repliesIn(events: readonly HeldMessage[]): Replies {
  const replies = new Map<number, number[]>();
  for (const { seq, replyTo, deleted } of events) {
    if (replyTo === undefined || deleted) continue;
    const known = replies.get(replyTo);
    if (known) known.push(seq);
    else replies.set(replyTo, [seq]);
  }
  return replies;
}

/**
 * The number of replies to a message: what a page of the log counted, and those after the page. A
 * message of the stream has no count, because all replies to it are in the stream, too.
 */
export function replyCount({ seq, replies = 0, countedAt = 0 }: HeldMessage, known: Replies) {
  return replies + (known.get(seq)?.filter((reply) => reply > countedAt).length ?? 0);
}

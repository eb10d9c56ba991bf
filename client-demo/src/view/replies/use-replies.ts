import type { Message } from '@parley/client';
import { useMemo } from 'react';
import { shownPart } from '../../history/channel-history.ts';
import { repliesIn, replyCount } from '../../history/reply-counts.ts';
import type { Jump } from '../jump/use-jump.ts';
import type { OpenChannel } from '../state/use-channel.ts';

/** What a list shows of replies. */
export interface ReplyView {
  /** The message that this one replies to, if the page has it. */
  parentOf: (message: Message) => Message | undefined;
  countOf: (message: Message) => number;
  /** Shows the message of a seq. */
  onJump: (seq: number) => void;
  /** Opens the thread of the message of a seq. */
  onThread: (seq: number) => void;
  /** The parent of the thread that the list shows. */
  thread: number | undefined;
}

/** The replies of an open channel, and the ways between them and their messages. */
export function useReplies(
  { history, thread }: OpenChannel,
  { to }: Jump,
  onThread: (seq: number) => void,
): ReplyView {
  const { events } = shownPart(history);
  const bySeq = useMemo(() => new Map(events.map((event) => [event.seq, event])), [events]);
  const replies = useMemo(() => repliesIn(history.events), [history.events]);
  return {
    parentOf: ({ replyTo }) => (replyTo === undefined ? undefined : bySeq.get(replyTo)),
    countOf: (message) => replyCount(message, replies),
    onJump: to,
    onThread,
    thread,
  };
}

import type { ChatDelete, ChatEdit, ChatMessage, ChatReaction, ChatVote } from './event.ts';

/** The events that change a message. */
export type MessageChange = ChatVote | ChatReaction | ChatEdit | ChatDelete;

/** The message after the change. */
export function messageAfter(message: ChatMessage, change: MessageChange): ChatMessage {
  switch (change.kind) {
    case 'vote':
      return { ...message, up: change.up, down: change.down };
    case 'reaction':
      return withReaction(message, change);
    case 'edit':
      return withText(message, change);
    case 'delete':
      return withoutText(message);
  }
}

function withReaction(
  { reactions, ...message }: ChatMessage,
  { emoji, count }: ChatReaction,
): ChatMessage {
  const after = reactionsAfter(reactions, emoji, count);
  return after ? { ...message, reactions: after } : message;
}

/**
 * The counts of a message's reactions after one has changed, the emoji first used first; undefined
 * when none is left.
 */
export function reactionsAfter(
  counts: Readonly<Record<string, number>> = {},
  emoji: string,
  count: number,
): Record<string, number> | undefined {
  const { [emoji]: _, ...others } = counts;
  if (count > 0) return { ...counts, [emoji]: count };
  return Object.keys(others).length > 0 ? others : undefined;
}

function withText({ mentions: _, ...message }: ChatMessage, change: ChatEdit): ChatMessage {
  const { message: text, mentions, at } = change;
  return { ...message, message: text, ...(mentions && { mentions }), edited: at };
}

function withoutText({
  edited: _,
  data: __,
  reactions: ___,
  mine: ____,
  mentions: _____,
  ...message
}: ChatMessage): ChatMessage {
  return { ...message, message: '', up: 0, down: 0, deleted: true };
}

import type { ChatDelete, ChatEdit, ChatMessage, ChatVote } from './event.ts';

/** What may happen to a message. */
export type MessageChange = ChatVote | ChatEdit | ChatDelete;

/** A message as it is after something happened to it. */
export function messageAfter(message: ChatMessage, change: MessageChange): ChatMessage {
  switch (change.kind) {
    case 'vote':
      return { ...message, up: change.up, down: change.down };
    case 'edit':
      return { ...message, message: change.message, edited: change.at };
    case 'delete':
      return withoutText(message);
  }
}

function withoutText({ edited: _, ...message }: ChatMessage): ChatMessage {
  return { ...message, message: '', up: 0, down: 0, deleted: true };
}

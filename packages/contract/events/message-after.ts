import type { ChatDelete, ChatEdit, ChatMessage, ChatVote } from './event.ts';

/** The events that change a message. */
export type MessageChange = ChatVote | ChatEdit | ChatDelete;

/** The message after the change. */
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

function withoutText({ edited: _, data: __, ...message }: ChatMessage): ChatMessage {
  return { ...message, message: '', up: 0, down: 0, deleted: true };
}

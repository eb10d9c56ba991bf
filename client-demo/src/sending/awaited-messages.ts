import type { Message } from '@parley/client';
import type { UnsentMessage } from './unsent-messages.ts';

/**
 * The unsent messages whose event has not arrived on the stream. When an answer is late or lost,
 * the event is already in the list, and the message would be shown twice. An event carries no
 * idempotency key, so it is matched by its name, its text and a `seq` above the draft's `after`.
 */
export function awaitedMessages(
  unsent: readonly UnsentMessage[],
  events: readonly Message[],
): UnsentMessage[] {
  const taken = new Set<number>();
  return unsent.filter((message) => {
    if (message.refusal !== undefined) return true;
    const event = events.findLast((other) => !taken.has(other.seq) && isEventOf(message, other));
    if (event) taken.add(event.seq);
    return event === undefined;
  });
}

function isEventOf(message: UnsentMessage, event: Message): boolean {
  return (
    event.seq > message.after &&
    event.message === message.message &&
    event.username === message.username
  );
}

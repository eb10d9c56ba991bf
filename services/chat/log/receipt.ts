import type { MessageReceipt } from '@parley/contract/events/message.ts';
import type { EventReceipt } from '@parley/contract/events/typed-event.ts';
import type { Posted } from '../store/store.ts';

/** The answer to a stored post. */
export function receiptOf(event: Posted, server: string): MessageReceipt | EventReceipt {
  const { channel, epoch, seq, id, at } = event;
  const place = { channel, epoch, seq, id, at };
  if (event.kind === 'message') {
    return { ...place, username: event.username, message: event.message, server };
  }
  const { type, username } = event;
  return { ...place, type, ...(username !== undefined && { username }), server };
}

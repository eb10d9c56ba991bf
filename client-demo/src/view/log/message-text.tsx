import type { Message } from '@parley/client';
import { wholeTime } from '../../history/clock-time.ts';

/** A message's current text, and whether it was edited or deleted. */
export function MessageText({ message }: { message: Message }) {
  if (message.deleted) {
    return (
      <p className="text deleted" data-testid="message-deleted">
        This message was deleted.
      </p>
    );
  }
  return (
    <p className="text" dir="auto">
      <span data-testid="message-text">{message.message}</span>
      {message.edited !== undefined && (
        <small className="edited" title={wholeTime(message.edited)} data-testid="message-edited">
          {' '}
          edited
        </small>
      )}
    </p>
  );
}

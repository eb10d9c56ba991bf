import type { Message } from '@parley/client';
import { wholeTime } from '../../history/clock-time.ts';
import { FormattedText } from './formatted-text.tsx';

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
    <div className="text" dir="auto">
      <div className="words" data-testid="message-text">
        <FormattedText text={message.message} />
      </div>
      {message.edited !== undefined && (
        <small className="edited" title={wholeTime(message.edited)} data-testid="message-edited">
          {' '}
          edited
        </small>
      )}
    </div>
  );
}

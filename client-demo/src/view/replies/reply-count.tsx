import { numberText } from '../../locale.ts';

/** The number of replies to a message; a click opens the thread. */
export function ReplyCount({ count, onClick }: { count: number; onClick: () => void }) {
  return (
    <button type="button" className="reply-count" onClick={onClick} data-testid="reply-count">
      {numberText(count)} {count === 1 ? 'reply' : 'replies'}
    </button>
  );
}

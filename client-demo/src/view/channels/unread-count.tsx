import { numberText } from '../../locale.ts';

/** More unread messages than this are not counted for the eye. */
const SHOWN_MAX = 999;

/** The number of unread messages, if there are any. */
export function UnreadCount({ unread }: { unread: number }) {
  if (unread === 0) return null;
  return (
    <span className="unread" data-testid="unread">
      {numberText(Math.min(unread, SHOWN_MAX))}
      {unread > SHOWN_MAX && '+'}
      <span className="unseen"> unread</span>
    </span>
  );
}

import { numberText } from '../../locale.ts';

/** More unread messages than this are not counted for the eye. */
const SHOWN_MAX = 999;

/** The number of unread messages, if there are any, or of those that mention the reader. */
export function UnreadCount({ unread, mentioned }: { unread: number; mentioned: number }) {
  if (unread === 0) return null;
  if (mentioned > 0) {
    return (
      <span className="unread mentioned" data-testid="mentioned">
        {`@${numberText(mentioned)}`}
        <span className="unseen"> of {countText(unread)} unread mention you</span>
      </span>
    );
  }
  return (
    <span className="unread" data-testid="unread">
      {countText(unread)}
      <span className="unseen"> unread</span>
    </span>
  );
}

/** A count as a text: `999+` for more than the page counts for the eye. */
export function countText(count: number): string {
  return count > SHOWN_MAX ? `${numberText(SHOWN_MAX)}+` : numberText(count);
}

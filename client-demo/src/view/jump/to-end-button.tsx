import { countText } from '../channels/unread-count.tsx';

/** Scrolls to the newest message and shows the number of unread ones. */
export function ToEndButton({ unread, onClick }: { unread: number; onClick: () => void }) {
  return (
    <button type="button" className={unread > 0 ? 'to-end has-new' : 'to-end'} onClick={onClick}>
      {unread > 0
        ? `${countText(unread)} new ${unread === 1 ? 'message' : 'messages'}`
        : 'To the newest'}
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d="M8 3v9M4 8.500l4 4 4-4" />
      </svg>
    </button>
  );
}

/** Scrolls up to the first message that the reader has not read. */
export function FirstUnreadButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className="to-end to-unread" onClick={onClick} data-testid="to-unread">
      New since your last visit
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d="M8 13V3.500M3.800 7.500 8 3.300l4.200 4.200" />
      </svg>
    </button>
  );
}

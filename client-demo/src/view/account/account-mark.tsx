import './account-mark.css';

/** Marks the name of an account; only the account can post under it. */
export function AccountMark() {
  return (
    <span className="account-mark" title="Has an account" data-testid="account-mark">
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d="M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM5 8.200l2.100 2.100L11 6" />
      </svg>
      <span className="unseen">has an account</span>
    </span>
  );
}

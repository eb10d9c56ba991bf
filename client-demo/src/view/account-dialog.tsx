import './account-dialog.css';
import { useEffect, useRef } from 'react';
import type { Session } from '../session.ts';
import { AccountForm } from './account-form.tsx';

/** Asks somebody to sign in, over the page; Escape and the cross leave it. */
export function AccountDialog(props: { session: Session; name: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      className="account-dialog"
      ref={dialog}
      onClose={props.onClose}
      aria-label="Your account"
      data-testid="account-dialog"
    >
      <AccountForm session={props.session} name={props.name} onDone={close} />
      <button type="button" className="close" onClick={close} aria-label="Close">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="m5 5 10 10M15 5 5 15" />
        </svg>
      </button>
    </dialog>
  );
}

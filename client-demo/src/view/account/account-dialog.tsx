import './account-dialog.css';
import { useEffect } from 'react';
import { useDialog } from '../state/use-dialog.ts';
import { AccountForm } from './account-form.tsx';
import { EmailForm } from './email-form.tsx';
import { PasswordForm } from './password-form.tsx';
import type { Visitor } from './use-visitor.ts';

const FORMS = { 'sign-in': AccountForm, password: PasswordForm, email: EmailForm };

/**
 * A dialog over the page for signing in, or changing the password or the address. Escape and the cross close it.
 */
export function AccountDialog({ visitor }: { visitor: Visitor }) {
  const dialog = useDialog();
  useEffect(
    () => () => {
      // The element that opened the dialog may be gone, like the sign-in button.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost) document.querySelector<HTMLElement>('[data-main-field]')?.focus();
    },
    [],
  );
  const close = () => dialog.current?.close();
  const Form = FORMS[visitor.asked ?? 'sign-in'];
  return (
    <dialog
      className="account-dialog"
      ref={dialog}
      onClose={() => visitor.ask(undefined)}
      aria-label="Your account"
      data-testid="account-dialog"
    >
      <Form session={visitor.session} name={visitor.author.username} onDone={close} />
      <button type="button" className="close" onClick={close} aria-label="Close">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="m5 5 10 10M15 5 5 15" />
        </svg>
      </button>
    </dialog>
  );
}

import { Dialog } from '../dialog.tsx';
import { AccountForm } from './account-form.tsx';
import { EmailForm } from './email-form.tsx';
import { PasswordForm } from './password-form.tsx';
import type { Visitor } from './use-visitor.ts';

const FORMS = { 'sign-in': AccountForm, password: PasswordForm, email: EmailForm };

/** A dialog over the page for signing in, or changing the password or the address. */
export function AccountDialog({ visitor }: { visitor: Visitor }) {
  const Form = FORMS[visitor.asked ?? 'sign-in'];
  const onClose = () => {
    visitor.session.dismissProviderFault();
    visitor.ask(undefined);
  };
  return (
    <Dialog label="Your account" testId="account-dialog" onClose={onClose}>
      {(close) => <Form session={visitor.session} name={visitor.author.username} onDone={close} />}
    </Dialog>
  );
}

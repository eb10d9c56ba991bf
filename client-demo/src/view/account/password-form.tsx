import './account-form.css';
import { useId } from 'react';
import type { Session } from '../../account/session.ts';
import { CurrentPasswordField, NewPasswordField } from './account-field.tsx';
import { FormEnd } from './form-end.tsx';
import { useSubmit } from './use-submit.ts';

/** Changes the account's password, which signs the account out everywhere else. */
export function PasswordForm(props: { session: Session; name: string; onDone?: () => void }) {
  const id = useId();
  const submit = useSubmit(
    (field) =>
      props.session.changePassword({
        password: field('password'),
        newPassword: field('newPassword'),
      }),
    props.onDone,
  );
  return (
    <form className="account-form" onSubmit={submit.onSubmit} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Change your password</h2>
      <input type="hidden" name="username" autoComplete="username" value={props.name} readOnly />
      <CurrentPasswordField label="Current password" />
      <NewPasswordField />
      <FormEnd submit={submit} button="Change password" />
    </form>
  );
}

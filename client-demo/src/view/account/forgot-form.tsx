import { useId, useState } from 'react';
import { forgotPassword } from '../../account/email-api.ts';
import { AccountField } from './account-field.tsx';
import { FormEnd, Sent } from './form-end.tsx';
import { useSubmit } from './use-submit.ts';

/** Has a link for a new password sent to the owner of an account. */
export function ForgotForm({ name, onBack }: { name: string; onBack: () => void }) {
  const id = useId();
  const [sent, setSent] = useState<string>();
  const submit = useSubmit(async (field) => setSent(await forgotPassword(field('login'))));
  return (
    <form className="account-form" onSubmit={submit.onSubmit} aria-labelledby={id}>
      <h2 id={id}>Forgot your password?</h2>
      {sent === undefined ? (
        <>
          <AccountField
            name="login"
            label="Name or e-mail address"
            autoComplete="username"
            defaultValue={name}
          />
          <FormEnd submit={submit} button="Send me a link" />
        </>
      ) : (
        <Sent text={sent} />
      )}
      <p className="other">
        <button type="button" className="link-button" onClick={onBack}>
          Sign in
        </button>
      </p>
    </form>
  );
}

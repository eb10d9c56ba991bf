import './account-form.css';
import { useId, useState } from 'react';
import type { Session } from '../../account/session.ts';
import { AccountField, CurrentPasswordField } from './account-field.tsx';
import { ForgotForm } from './forgot-form.tsx';
import { FormEnd } from './form-end.tsx';
import { ProviderButton } from './provider-button.tsx';
import { useSubmit } from './use-submit.ts';

/** Signs the visitor in or creates an account; `name` is filled in beforehand. */
export function AccountForm(props: { session: Session; name: string; onDone?: () => void }) {
  const { session, name } = props;
  const [isNew, setNew] = useState(false);
  const [isForgotten, setForgotten] = useState(false);
  const id = useId();
  const submit = useSubmit((field) => {
    const password = field('password');
    if (!isNew) return session.signIn({ login: field('login'), password });
    return session.signUp({ email: field('email'), username: field('username'), password });
  }, props.onDone);
  const turn = () => {
    setNew(!isNew);
    submit.forgive();
  };
  if (isForgotten) return <ForgotForm name={name} onBack={() => setForgotten(false)} />;
  return (
    <form className="account-form" onSubmit={submit.onSubmit} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{isNew ? 'Create an account' : 'Sign in'}</h2>
      {isNew ? <NewFields name={name} /> : <KnownFields name={name} />}
      <FormEnd submit={submit} button={isNew ? 'Create the account' : 'Sign in'} />
      {session.sendsMail && !isNew && (
        <p className="other">
          <button
            type="button"
            className="link-button"
            onClick={() => setForgotten(true)}
            data-testid="account-forgot"
          >
            Forgot your password?
          </button>
        </p>
      )}
      <ProviderButton session={session} />
      {session.signUpOpen ? (
        <p className="other">
          {isNew ? 'Already have an account?' : 'No account yet?'}{' '}
          <button type="button" className="link-button" onClick={turn} data-testid="account-other">
            {isNew ? 'Sign in' : 'Create one'}
          </button>
        </p>
      ) : (
        session.provider === undefined && (
          <p className="other">Ask the administrators of this server for an account.</p>
        )
      )}
    </form>
  );
}

function KnownFields({ name }: { name: string }) {
  return (
    <>
      <AccountField
        name="login"
        label="Name or e-mail address"
        autoComplete="username"
        defaultValue={name}
      />
      <CurrentPasswordField label="Password" />
    </>
  );
}

/** The fields of a new account; `name` is filled in beforehand. */
export function NewFields({ name }: { name: string }) {
  return (
    <>
      <AccountField
        name="username"
        label="Name"
        hint="Only you can post under it."
        autoComplete="username"
        maxLength={64}
        defaultValue={name}
      />
      <AccountField
        name="email"
        label="E-mail address (optional)"
        type="email"
        autoComplete="email"
        required={false}
      />
      <AccountField
        name="password"
        label="Password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        hint="At least 8 characters."
      />
    </>
  );
}

import './account-form.css';
import { type FormEvent, useId, useState } from 'react';
import { AnswerError } from '../request-json.ts';
import type { Session } from '../session.ts';
import { AccountField } from './account-field.tsx';

/** Signs somebody in, or up who has no account yet; `name` is what is filled in beforehand. */
export function AccountForm(props: { session: Session; name: string; onDone?: () => void }) {
  const [isNew, setNew] = useState(false);
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const given = new FormData(event.currentTarget);
    const field = (name: string) => String(given.get(name) ?? '');
    const { session } = props;
    const password = field('password');
    setBusy(true);
    setFault(undefined);
    try {
      if (isNew)
        await session.signUp({ email: field('email'), username: field('username'), password });
      else await session.signIn({ login: field('login'), password });
      props.onDone?.();
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setBusy(false);
    }
  };
  const turn = () => {
    setNew(!isNew);
    setFault(undefined);
  };
  return (
    <form className="account-form" onSubmit={submit} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{isNew ? 'Make an account' : 'Sign in'}</h2>
      {isNew ? (
        <>
          <AccountField
            key="username"
            name="username"
            label="Name"
            hint="Nobody else can speak under it."
            autoComplete="username"
            maxLength={64}
            defaultValue={props.name}
          />
          <AccountField
            key="email"
            name="email"
            label="E-mail address"
            type="email"
            autoComplete="email"
          />
        </>
      ) : (
        <AccountField
          key="login"
          name="login"
          label="Name or e-mail address"
          autoComplete="username"
          defaultValue={props.name}
        />
      )}
      <AccountField
        key={isNew ? 'new-password' : 'password'}
        name="password"
        label="Password"
        type="password"
        {...(isNew
          ? { autoComplete: 'new-password', minLength: 8, hint: 'At least 8 characters.' }
          : { autoComplete: 'current-password' })}
      />
      {fault !== undefined && (
        <p className="fault" role="alert" data-testid="account-fault">
          {fault}
        </p>
      )}
      <button type="submit" className="button" aria-disabled={busy} data-testid="account-submit">
        {isNew ? 'Make the account' : 'Sign in'}
      </button>
      <p className="other">
        {isNew ? 'You have an account?' : 'No account yet?'}{' '}
        <button type="button" className="link-button" onClick={turn} data-testid="account-other">
          {isNew ? 'Sign in' : 'Make one'}
        </button>
      </p>
    </form>
  );
}

function faultOf(error: unknown): string {
  if (error instanceof AnswerError) return error.message;
  return 'The server did not answer. Try again.';
}

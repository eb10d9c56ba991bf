import './account-form.css';
import './sign-in-page.css';
import { useEffect, useId, useState } from 'react';
import { confirmEmail } from '../../account/email-api.ts';
import type { PersonalLink } from '../../channels/route.ts';
import { Mark } from '../page/mark.tsx';
import type { Go } from '../page/use-route.ts';
import { useTitle } from '../page/use-title.ts';
import { NewPasswordField } from './account-field.tsx';
import { NewFields } from './account-form.tsx';
import { FormEnd, Sent } from './form-end.tsx';
import { ProviderButton } from './provider-button.tsx';
import { useSubmit } from './use-submit.ts';
import type { Visitor } from './use-visitor.ts';

const TEXTS = {
  invitation: {
    title: 'Create your account',
    lede: 'You were invited to this server.',
    button: 'Create the account',
  },
  reset: {
    title: 'Set a new password',
    lede: 'This link sets the password of your account, once.',
    button: 'Set the password',
  },
  confirm: {
    title: 'Confirm your e-mail address',
    lede: 'Your account then uses this address.',
    button: 'Confirm the address',
  },
};

/** The page of a link: it creates an account, sets a new password, or confirms an address. */
export function LinkPage(props: { link: PersonalLink; visitor: Visitor; go: Go }) {
  const { link, visitor, go } = props;
  const { session } = visitor;
  const { kind, secret } = link;
  const { title, lede, button } = TEXTS[kind];
  const id = useId();
  const [isConfirmed, setConfirmed] = useState(false);
  useTitle(`${title} · Parley`);
  // The secret must not stay in the address and in the history.
  useEffect(() => history.replaceState(null, '', location.pathname), []);
  const submit = useSubmit(
    (field) => {
      if (kind === 'confirm') return confirmEmail(secret);
      if (kind === 'reset')
        return session.reset({ reset: secret, newPassword: field('newPassword') });
      const [email, username, password] = [field('email'), field('username'), field('password')];
      return session.signUp({ email, username, password, invitation: secret });
    },
    () => (kind === 'confirm' ? setConfirmed(true) : go('/')),
  );
  return (
    <main className="sign-in-page" data-testid="link-page">
      <h1 className="wordmark">
        <Mark /> Parley
      </h1>
      <p className="lede">{lede}</p>
      <div className="card">
        <form className="account-form" onSubmit={submit.onSubmit} aria-labelledby={id}>
          <h2 id={id}>{title}</h2>
          {kind === 'invitation' && <NewFields name={visitor.author.username} />}
          {kind === 'reset' && <NewPasswordField />}
          {isConfirmed ? (
            <>
              <Sent text="The address is confirmed." />
              <a href="/">To the channels</a>
            </>
          ) : (
            <FormEnd submit={submit} button={button} />
          )}
          {kind === 'invitation' && <ProviderButton session={session} invitation={secret} />}
        </form>
      </div>
    </main>
  );
}

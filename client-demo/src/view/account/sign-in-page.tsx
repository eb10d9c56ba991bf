import './sign-in-page.css';
import { useEffect } from 'react';
import { Mark } from '../page/mark.tsx';
import { useTitle } from '../page/use-title.ts';
import { AccountForm } from './account-form.tsx';
import type { Visitor } from './use-visitor.ts';

/** The page of a deployment, or of a private channel, that requires an account. */
export function SignInPage({ visitor, mayBeGuest }: { visitor: Visitor; mayBeGuest?: boolean }) {
  const { session, author, ask } = visitor;
  useTitle('Sign in · Parley');
  // The dialog would show the same form over this one.
  useEffect(() => ask(undefined), [ask]);
  return (
    <main className="sign-in-page" data-testid="sign-in-page">
      <h1 className="wordmark">
        <Mark /> Parley
      </h1>
      <p className="lede">You need an account to read and write here.</p>
      <div className="card">
        <AccountForm session={session} name={author.username} />
      </div>
      {mayBeGuest && (
        <button type="button" className="link-button" onClick={() => session.dismiss()}>
          Go on as a guest
        </button>
      )}
    </main>
  );
}

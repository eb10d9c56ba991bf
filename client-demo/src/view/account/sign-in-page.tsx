import './sign-in-page.css';
import type { Session } from '../../account/session.ts';
import { Mark } from '../page/mark.tsx';
import { useTitle } from '../page/use-title.ts';
import { AccountForm } from './account-form.tsx';

/** The page of a deployment that requires an account. */
export function SignInPage({ session, name }: { session: Session; name: string }) {
  useTitle('Sign in · Parley');
  return (
    <main className="sign-in-page" data-testid="sign-in-page">
      <p className="wordmark">
        <Mark /> Parley
      </p>
      <p className="lede">You need an account to read and write here.</p>
      <div className="card">
        <AccountForm session={session} name={name} />
      </div>
    </main>
  );
}

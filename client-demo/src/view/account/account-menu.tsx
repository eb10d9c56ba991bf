import './account-menu.css';
import { useState } from 'react';
import { Badge } from '../badge.tsx';
import { useFold } from '../state/use-fold.ts';
import type { Question, Visitor } from './use-visitor.ts';

/** The signed-in account and a menu of what its owner can do with it. */
export function AccountMenu({ visitor }: { visitor: Visitor }) {
  const { ref, onKeyDown, fold } = useFold();
  const [fault, setFault] = useState(false);
  const { username } = visitor.author;
  const hasPassword = visitor.state.state !== 'account' || visitor.state.account.password;
  const signOut = () =>
    visitor.session.signOut().then(
      () => setFault(false),
      () => setFault(true),
    );
  const change = (question: Question) => {
    fold();
    visitor.ask(question);
  };
  return (
    <details className="account-menu" ref={ref} onKeyDown={onKeyDown}>
      <summary data-testid="account-menu" title="Your account">
        <Badge name={username} />
        <bdi data-testid="account-name">{username}</bdi>
        <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
          <path d="m4.500 6.500 3.500 3.500 3.500-3.500" />
        </svg>
      </summary>
      <div className="panel">
        {visitor.state.state === 'account' && visitor.state.account.admin && (
          <a href="/#administration" data-testid="administration">
            Administration
          </a>
        )}
        {hasPassword && (
          <button type="button" onClick={() => change('password')} data-testid="change-password">
            Change password
          </button>
        )}
        {hasPassword && visitor.session.sendsMail && (
          <button type="button" onClick={() => change('email')} data-testid="change-email">
            E-mail address
          </button>
        )}
        <button type="button" onClick={signOut} data-testid="sign-out">
          Sign out
        </button>
        {fault && (
          <p className="fault" role="alert">
            The server did not answer. You are still signed in.
          </p>
        )}
      </div>
    </details>
  );
}

import { useState } from 'react';
import { type Author, authorOf } from '../../account/author.ts';
import type { Session } from '../../account/session.ts';
import type { SessionState } from '../../account/session-state.ts';
import type { TextStorage } from '../../browser-storage.ts';
import { type Person, useStoredName } from '../composer/use-stored-name.ts';
import { useSession } from './use-session.ts';

/** What a dialog can ask the visitor for. */
export type Question = 'sign-in' | 'password' | 'email';

/** The visitor: a guest with a chosen name, or an account. */
export interface Visitor extends Person {
  session: Session;
  state: SessionState;
  author: Author;
  /** The account's name, '' for a guest, `undefined` while unknown. */
  account: string | undefined;
  /** What the dialog asks the visitor for, and how to open it; `undefined` if it is closed. */
  asked: Question | undefined;
  ask: (question: Question | undefined) => void;
}

/** The visitor, from the session and the name that the browser stores. */
export function useVisitor(session: Session, settings: TextStorage): Visitor {
  const [name, setName] = useStoredName(settings);
  const [asked, ask] = useState<Question | undefined>(
    session.providerFault ? 'sign-in' : undefined,
  );
  const state = useSession(session);
  const author = authorOf(state, name);
  return { name, setName, session, state, author, account: accountOf(state), asked, ask };
}

/**
 * Whether a visitor whom the server refuses must sign in. False while a session can still be
 * renewed.
 */
export function mustSignIn({ state }: Visitor): boolean {
  return state.state !== 'unknown' && state.state !== 'account';
}

function accountOf(state: SessionState): string | undefined {
  if (state.state === 'unknown') return undefined;
  return state.state === 'account' ? state.account.username : '';
}

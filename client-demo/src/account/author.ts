import type { SessionState } from './session-state.ts';

/** The name that a message is sent under, and whether it is an account's name. */
export interface Author {
  username: string;
  account: boolean;
}

/**
 * The account whose page this is, also before the server has confirmed it, and after its session has
 * ended: it can sign in again. Undefined for a guest.
 */
export function ownerOf(session: SessionState): string | undefined {
  if (session.state === 'account') return session.account.username;
  return 'username' in session ? session.username : undefined;
}

/**
 * The account, or the name that a guest chose. Without its session new messages wait for the account.
 */
export function authorOf(session: SessionState, guestName: string): Author {
  const owner = ownerOf(session);
  return { username: owner ?? guestName.trim(), account: owner !== undefined };
}

import type { SessionState } from './session-state.ts';

/** The name that a message is sent under, and whether it is an account's name. */
export interface Author {
  username: string;
  account: boolean;
}

/**
 * The account, or the name that a guest chose. After a session has ended, new messages wait for its
 * account.
 */
export function authorOf(session: SessionState, guestName: string): Author {
  switch (session.state) {
    case 'account':
      return { username: session.account.username, account: true };
    case 'ended':
      return { username: session.username, account: true };
    default:
      return { username: guestName.trim(), account: false };
  }
}

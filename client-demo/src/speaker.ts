import type { SessionState } from './session-state.ts';

/** Under which name a message is sent, and whether it is that of an account. */
export interface Speaker {
  username: string;
  account: boolean;
}

/**
 * Who speaks: the account, or whoever a guest says to be. What is written when a session has ended
 * waits for its account.
 */
export function speakerOf(session: SessionState, guestName: string): Speaker {
  switch (session.state) {
    case 'account':
      return { username: session.account.username, account: true };
    case 'ended':
      return { username: session.username, account: true };
    default:
      return { username: guestName.trim(), account: false };
  }
}

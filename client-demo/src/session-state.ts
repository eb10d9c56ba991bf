import type { Account, SignedIn } from './account.ts';

/** Who uses the page; `absent` where the server has no accounts, `ended` where a session is over. */
export type SessionState =
  | { state: 'unknown' }
  | { state: 'absent' }
  | { state: 'guest' }
  | { state: 'account'; account: Account }
  | { state: 'ended'; username: string };

/** What the tabs of a browser tell each other of their session. */
export type SessionNote = { type: 'session'; session: SignedIn } | { type: 'left' | 'ended' };

/** What a session needs of a BroadcastChannel. */
export interface SessionNotes {
  postMessage(note: SessionNote): void;
  addEventListener(type: 'message', listener: (event: { data: SessionNote }) => void): void;
  close(): void;
}

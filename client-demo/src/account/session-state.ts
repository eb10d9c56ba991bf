import type { Account, SignedIn } from './account.ts';

/**
 * The identity of the visitor. `unknown`: the server has not answered yet; the browser may remember an
 * account. `absent`: the server has no accounts. `ended`: the session is over.
 */
export type SessionState =
  | { state: 'unknown'; username: string | undefined }
  | { state: 'absent' }
  | { state: 'guest' }
  | { state: 'account'; account: Account }
  | { state: 'ended'; username: string };

/** What the tabs of a browser send each other about their session. */
export type SessionNote = { type: 'session'; session: SignedIn } | { type: 'left' | 'ended' };

/** What a session uses of a BroadcastChannel. */
export interface SessionNotes {
  postMessage(note: SessionNote): void;
  addEventListener(type: 'message', listener: (event: { data: SessionNote }) => void): void;
  close(): void;
}

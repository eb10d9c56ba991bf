import type { ChatMessage } from '@parley/contract/event.ts';
import type { SessionState } from './session-state.ts';

/** What somebody may do to messages; the server alone decides, this spares them a refusal. */
export interface MessageRights {
  /** Guests are asked to sign in; `no` where the server has no accounts. */
  vote: 'yes' | 'sign-in' | 'no';
  edit: boolean;
  delete: boolean;
}

/** What whoever is signed in may do to a message; in a closed channel nobody changes words. */
export function rightsTo(
  { username, deleted }: ChatMessage,
  { session, closed }: { session: SessionState; closed: boolean },
): MessageRights {
  if (session.state === 'unknown' || session.state === 'absent' || deleted) {
    return { vote: 'no', edit: false, delete: false };
  }
  if (session.state !== 'account') return { vote: 'sign-in', edit: false, delete: false };
  const own = session.account.username === username;
  return { vote: 'yes', edit: own && !closed, delete: own || session.account.admin };
}

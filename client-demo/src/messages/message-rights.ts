import type { Message } from '@parley/client';
import type { SessionState } from '../account/session-state.ts';

/**
 * What the visitor may do to a message. The server decides; this avoids buttons that it would
 * refuse.
 */
export interface MessageRights {
  /** `sign-in`: guests are asked to sign in. `no`: the server has no accounts. */
  vote: 'yes' | 'sign-in' | 'no';
  reply: boolean;
  edit: boolean;
  delete: boolean;
}

/** The visitor's rights to a message. The texts of a closed channel cannot change. */
export function rightsTo(
  { username, deleted }: Message,
  { session, closed }: { session: SessionState; closed: boolean },
): MessageRights {
  const reply = !deleted && !closed;
  if (session.state === 'unknown' || session.state === 'absent' || deleted) {
    return { vote: 'no', reply, edit: false, delete: false };
  }
  if (session.state !== 'account') return { vote: 'sign-in', reply, edit: false, delete: false };
  const own = session.account.username === username;
  return { vote: 'yes', reply, edit: own && !closed, delete: own || session.account.admin };
}

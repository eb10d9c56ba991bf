import { useSyncExternalStore } from 'react';
import type { Session } from '../../account/session.ts';
import type { SessionState } from '../../account/session-state.ts';

/** The identity of the visitor. */
export function useSession(session: Session): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

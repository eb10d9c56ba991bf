import { useSyncExternalStore } from 'react';
import type { Session } from '../session.ts';
import type { SessionState } from '../session-state.ts';

/** The identity of the visitor. */
export function useSession(session: Session): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

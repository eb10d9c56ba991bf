import { useSyncExternalStore } from 'react';
import type { Session, SessionState } from '../session.ts';

/** Who uses the page. */
export function useSession(session: Session): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

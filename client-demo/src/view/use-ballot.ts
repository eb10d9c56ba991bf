import { useSyncExternalStore } from 'react';
import type { Ballot, BallotView } from '../ballot.ts';

/** The votes of whoever is signed in. */
export function useBallot(ballot: Ballot): BallotView {
  return useSyncExternalStore(ballot.subscribe, ballot.snapshot);
}

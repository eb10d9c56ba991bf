import { useSyncExternalStore } from 'react';
import type { Ballot, BallotView } from '../../messages/ballot.ts';

/** The visitor's votes. */
export function useBallot(ballot: Ballot): BallotView {
  return useSyncExternalStore(ballot.subscribe, ballot.snapshot);
}

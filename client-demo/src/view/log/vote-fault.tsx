import './vote-fault.css';
import type { Ballot } from '../../messages/ballot.ts';
import { useBallot } from './use-ballot.ts';

/** Shows why a vote did not count. */
export function VoteFault({ ballot }: { ballot: Ballot }) {
  const { fault } = useBallot(ballot);
  return (
    <div role="alert">
      {fault !== undefined && <p className="vote-fault">Your vote was not counted. {fault}</p>}
    </div>
  );
}

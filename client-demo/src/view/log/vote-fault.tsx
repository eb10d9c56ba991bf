import './vote-fault.css';
import type { Ballot } from '../../messages/ballot.ts';
import { useBallot } from './use-ballot.ts';

/** Shows why a vote or a reaction did not count. */
export function VoteFault({ ballot, reaction }: { ballot: Ballot; reaction: string | undefined }) {
  const { fault } = useBallot(ballot);
  return (
    <div role="alert">
      {fault !== undefined && <p className="vote-fault">Your vote was not counted. {fault}</p>}
      {reaction !== undefined && (
        <p className="vote-fault">Your reaction was not changed. {reaction}</p>
      )}
    </div>
  );
}

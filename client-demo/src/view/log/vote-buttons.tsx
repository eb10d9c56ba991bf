import './vote-buttons.css';
import { numberText } from '../../locale.ts';
import type { Tally, Vote } from '../../messages/vote.ts';

const UP = 'M8 13V3.500M3.800 7.500 8 3.300l4.200 4.200';
const DOWN = 'M8 3v9.500M3.800 8.500 8 12.700l4.200-4.200';

/** The votes for and against a message, as buttons. The visitor's own vote is pressed. */
export function VoteButtons(props: {
  tally: Tally;
  mine: Vote;
  onVote: (clicked: 1 | -1) => void;
}) {
  const { tally, mine, onVote } = props;
  return (
    <span className="votes">
      <VoteButton
        what="up"
        path={UP}
        count={tally.up}
        pressed={mine === 1}
        onClick={() => onVote(1)}
      />
      <VoteButton
        what="down"
        path={DOWN}
        count={tally.down}
        pressed={mine === -1}
        onClick={() => onVote(-1)}
      />
    </span>
  );
}

function VoteButton(props: {
  what: 'up' | 'down';
  path: string;
  count: number;
  pressed: boolean;
  onClick: () => void;
}) {
  const { what, count } = props;
  return (
    <button
      type="button"
      className={`vote ${what}`}
      aria-pressed={props.pressed}
      aria-label={`Vote ${what}, ${count} so far`}
      onClick={props.onClick}
      data-testid={`vote-${what}`}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d={props.path} />
      </svg>
      {count > 0 && numberText(count)}
    </button>
  );
}

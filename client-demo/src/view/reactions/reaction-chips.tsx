import './reaction-chips.css';
import { numberText } from '../../locale.ts';

/** The reactions to a message with their counts, as buttons. The visitor's own are pressed. */
export function ReactionChips(props: {
  counts: Readonly<Record<string, number>>;
  own: readonly string[];
  disabled: boolean;
  onReact: (emoji: string) => void;
}) {
  return (
    <fieldset className="reactions" disabled={props.disabled} aria-label="Reactions">
      {Object.entries(props.counts).map(([emoji, count]) => (
        <button
          key={emoji}
          type="button"
          className="chip"
          aria-pressed={props.own.includes(emoji)}
          aria-label={`React with ${emoji}, ${count} so far`}
          onClick={() => props.onReact(emoji)}
          data-testid="reaction"
        >
          <span className="emoji">{emoji}</span> {numberText(count)}
        </button>
      ))}
    </fieldset>
  );
}

import type { UnsentMessage } from '../../sending/unsent-messages.ts';
import { FormattedText } from '../text/formatted-text.tsx';

/** After this number of attempts the reader can give up. */
const MANY_ATTEMPTS = 3;

/** A message that is being sent, or one that the server refused. */
export function PendingItem(props: {
  unsent: UnsentMessage;
  onEdit: (unsent: UnsentMessage) => void;
  onDiscard: (unsent: UnsentMessage) => void;
}) {
  const { unsent, onEdit, onDiscard } = props;
  const refused = unsent.refusal !== undefined;
  return (
    <li className="pending" data-testid="pending" data-refused={refused || undefined}>
      <div className="text" dir="auto">
        <FormattedText text={unsent.message} />
      </div>
      {refused ? (
        <p className="outcome" role="alert">
          Not sent. {unsent.refusal}
        </p>
      ) : unsent.waits ? (
        <p className="outcome">waits until you sign in</p>
      ) : (
        <p className="outcome">
          <span className="spinner" aria-hidden="true" />
          {unsent.attempts === 0 ? 'sending…' : 'sending… no answer yet, trying again'}
        </p>
      )}
      {(refused || unsent.waits) && (
        <button type="button" className="quiet-button" onClick={() => onEdit(unsent)}>
          Edit
        </button>
      )}
      {(refused || unsent.waits || unsent.attempts >= MANY_ATTEMPTS) && (
        <button type="button" className="quiet-button" onClick={() => onDiscard(unsent)}>
          {refused || unsent.waits ? 'Dismiss' : 'Stop trying'}
        </button>
      )}
    </li>
  );
}

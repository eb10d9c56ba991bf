import type { Message } from '@parley/client';
import { Quote } from './quote.tsx';

/** The message that is answered, above the field for the reply. */
export function ReplyLine({ parent, onCancel }: { parent: Message; onCancel: () => void }) {
  return (
    <div className="reply-line" data-testid="reply-line">
      <p>
        Reply to <Quote message={parent} />
      </p>
      <button type="button" onClick={onCancel} aria-label="Do not reply">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="m5 5 10 10M15 5 5 15" />
        </svg>
      </button>
    </div>
  );
}

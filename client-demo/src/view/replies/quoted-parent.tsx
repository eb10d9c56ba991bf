import type { Message } from '@parley/client';
import { Quote } from './quote.tsx';

/** The message that a reply answers, above the reply; a click leads to it. */
export function QuotedParent(props: {
  parent: Message | undefined;
  seq: number;
  onJump: (seq: number) => void;
}) {
  return (
    <button
      type="button"
      className="quoted"
      onClick={() => props.onJump(props.seq)}
      data-testid="quoted"
    >
      <span className="unseen">In reply to </span>
      <Quote message={props.parent} />
    </button>
  );
}

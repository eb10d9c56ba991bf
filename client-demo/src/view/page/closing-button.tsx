import { useState } from 'react';
import { putClosed } from '../../channels/channel-api.ts';

/** Closes the channel after a confirmation, or opens it again. Only administrators see it. */
export function ClosingButton(props: {
  channel: string;
  closed: boolean;
  /** Called after a change. */
  onDone?: (() => void) | undefined;
}) {
  const { channel, closed } = props;
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<string>();
  const turn = () => {
    setAsking(false);
    putClosed(channel, !closed).then(
      () => {
        setFault(undefined);
        props.onDone?.();
      },
      (error: Error) => setFault(error.message),
    );
  };
  if (asking && !closed) {
    return (
      <>
        <span className="question">Close for everyone?</span>
        <button
          type="button"
          className="quiet-button harm"
          onClick={turn}
          data-testid="turn-closed-yes"
        >
          Close
        </button>
        <button
          type="button"
          className="quiet-button"
          onClick={() => setAsking(false)}
          // biome-ignore lint/a11y/noAutofocus: the safe answer has the focus, as in a dialog
          autoFocus
        >
          Keep open
        </button>
      </>
    );
  }
  return (
    <>
      {fault !== undefined && (
        <span className="fault" role="alert">
          {fault}
        </span>
      )}
      <button
        type="button"
        className="quiet-button"
        onClick={closed ? turn : () => setAsking(true)}
        data-testid="turn-closed"
      >
        {closed ? 'Reopen' : 'Close'} channel
      </button>
    </>
  );
}

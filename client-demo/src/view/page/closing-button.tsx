import { useState } from 'react';
import { putClosed } from '../../channels/channel-api.ts';
import { ConfirmButton } from '../confirm-button.tsx';

/** Closes the channel after a confirmation, or opens it again. Only administrators see it. */
export function ClosingButton(props: {
  channel: string;
  closed: boolean;
  /** Called after a change. */
  onDone?: (() => void) | undefined;
}) {
  const { channel, closed } = props;
  const [fault, setFault] = useState<string>();
  const turn = () => {
    putClosed(channel, !closed).then(
      () => {
        setFault(undefined);
        props.onDone?.();
      },
      (error: Error) => setFault(error.message),
    );
  };
  return (
    <>
      {fault !== undefined && (
        <span className="fault" role="alert">
          {fault}
        </span>
      )}
      {closed ? (
        <button type="button" className="quiet-button" onClick={turn} data-testid="turn-closed">
          Reopen channel
        </button>
      ) : (
        <ConfirmButton
          button="Close channel"
          question="Close for everyone?"
          yes="Close"
          no="Keep open"
          onYes={turn}
          testId="turn-closed"
        />
      )}
    </>
  );
}

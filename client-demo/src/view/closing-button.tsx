import { useState } from 'react';
import { putClosed } from '../channel-api.ts';

/** Closes the channel or opens it again: for administrators. */
export function ClosingButton({ channel, closed }: { channel: string; closed: boolean }) {
  const [fault, setFault] = useState<string>();
  const turn = () =>
    putClosed(channel, !closed).then(
      () => setFault(undefined),
      (error: Error) => setFault(error.message),
    );
  return (
    <>
      {fault !== undefined && (
        <span className="fault" role="alert">
          {fault}
        </span>
      )}
      <button type="button" className="quiet-button" onClick={turn} data-testid="turn-closed">
        {closed ? 'Reopen' : 'Close'}
        <span className="wide-only"> channel</span>
      </button>
    </>
  );
}

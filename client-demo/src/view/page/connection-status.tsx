import './connection-status.css';
import type { Status } from '../../connection/status.ts';
import { statusText } from '../../connection/status-text.ts';

/** The state of the connection and the name of the server. */
export function ConnectionStatus(props: { status: Status; server: string | undefined }) {
  const { state } = props.status;
  return (
    <>
      <span className="status" role="status" data-testid="status" data-state={state}>
        <span className="dot" aria-hidden="true" />
        {statusText(props.status)}
      </span>
      {props.server !== undefined && state !== 'reconnecting' && (
        <span className="served-by">
          server <bdi data-testid="served-by">{props.server}</bdi>
        </span>
      )}
    </>
  );
}

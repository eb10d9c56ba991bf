import './channel-header.css';
import type { StreamStatus } from '../channel-stream.ts';
import { ConnectionStatus } from './connection-status.tsx';
import { PlaceLink } from './place-link.tsx';
import type { Go } from './use-place.ts';

/** Which channel this is, and how it is connected. */
export function ChannelHeader(props: {
  channel: string;
  status: StreamStatus;
  server: string | undefined;
  go: Go;
}) {
  return (
    <header className="channel-header">
      <PlaceLink className="to-home" href="/" go={props.go} aria-label="All channels">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M12.5 4 6.5 10l6 6" />
        </svg>
      </PlaceLink>
      <h1>
        <span className="hash">#</span>
        <bdi>{props.channel}</bdi>
      </h1>
      <ConnectionStatus status={props.status} server={props.server} />
      <a className="transcript" href={`/chat/${encodeURIComponent(props.channel)}`}>
        Transcript
      </a>
    </header>
  );
}

import './channel-header.css';
import type { Presence } from '@parley/client';
import type { Session } from '../../account/session.ts';
import type { Status } from '../../connection/status.ts';
import { SearchButton } from '../search/search-button.tsx';
import { SettingsMenu } from '../settings/settings-menu.tsx';
import { ChannelMenu } from './channel-menu.tsx';
import { ConnectionStatus } from './connection-status.tsx';
import { PresenceList } from './presence-list.tsx';
import { RouteLink } from './route-link.tsx';
import type { Go } from './use-route.ts';

/** The channel's name, its connection and its readers. */
export function ChannelHeader(props: {
  channel: string;
  session: Session;
  status: Status;
  server: string | undefined;
  presence: Presence | undefined;
  closed: boolean;
  archived: boolean;
  /** Whether the reader may close, archive and delete the channel. */
  admin: boolean;
  go: Go;
}) {
  return (
    <header className="channel-header">
      <RouteLink className="to-home" href="/" go={props.go} aria-label="All channels">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M12.5 4 6.5 10l6 6" />
        </svg>
      </RouteLink>
      <h1>
        <span className="hash">#</span>
        <bdi>{props.channel}</bdi>
      </h1>
      <div className="connection">
        <ConnectionStatus status={props.status} server={props.server} />
        {props.archived && <b data-testid="archived">Archived</b>}
        {props.presence && <PresenceList presence={props.presence} />}
      </div>
      <div className="actions">
        {props.admin && (
          <ChannelMenu channel={props.channel} closed={props.closed} archived={props.archived} />
        )}
        <a className="transcript" href={`/chat/${encodeURIComponent(props.channel)}`}>
          Transcript
        </a>
        <SearchButton channel={props.channel} session={props.session} go={props.go} />
        <SettingsMenu />
      </div>
    </header>
  );
}

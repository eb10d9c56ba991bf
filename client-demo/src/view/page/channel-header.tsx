import './channel-header.css';
import type { Presence } from '@parley/client';
import type { NamedChannel } from '../../channels/channel-entry.ts';
import type { Status } from '../../connection/status.ts';
import { ChannelName } from '../channels/channel-name.tsx';
import type { NewChannelParts } from '../channels/use-new-channel.ts';
import { PeopleButton } from '../people/people-button.tsx';
import { SearchButton } from '../search/search-button.tsx';
import { SettingsMenu } from '../settings/settings-menu.tsx';
import { ChannelMenu } from './channel-menu.tsx';
import { ConnectionStatus } from './connection-status.tsx';
import { PresenceList } from './presence-list.tsx';
import { RouteLink } from './route-link.tsx';

/** The channel's name, its connection, its readers, and what can be done with it. */
export function ChannelHeader(
  props: NewChannelParts & {
    named: NamedChannel;
    status: Status;
    server: string | undefined;
    presence: Presence | undefined;
    closed: boolean;
    archived: boolean;
    /** Whether the reader may close, archive and delete the channel. */
    admin: boolean;
    /** Whether the dialog of its people is open from the start. */
    people: boolean;
    names: () => Iterable<string>;
  },
) {
  const { named, visitor, directory, go } = props;
  const { channel } = named;
  return (
    <header className="channel-header">
      <RouteLink className="to-home" href="/" go={go} aria-label="All channels">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M12.5 4 6.5 10l6 6" />
        </svg>
      </RouteLink>
      <h1>
        <ChannelName named={named} />
      </h1>
      <div className="connection">
        <ConnectionStatus status={props.status} server={props.server} />
        {props.archived && <b data-testid="archived">Archived</b>}
        {props.presence && (
          <PresenceList presence={props.presence} parts={{ visitor, directory, go }} />
        )}
      </div>
      <div className="actions">
        {props.admin && (
          <ChannelMenu channel={channel} closed={props.closed} archived={props.archived} />
        )}
        <a className="transcript" href={`/chat/${encodeURIComponent(channel)}`}>
          Transcript
        </a>
        {visitor.account && (
          <PeopleButton
            named={named}
            visitor={visitor}
            names={props.names}
            isOpen={props.people}
            directory={directory}
          />
        )}
        <SearchButton channel={channel} session={visitor.session} directory={directory} go={go} />
        <SettingsMenu />
      </div>
    </header>
  );
}

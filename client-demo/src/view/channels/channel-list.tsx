import './channel-list.css';
import type { ChannelEntry } from '../../channels/channel-entry.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { timeAgo } from '../../history/time-ago.ts';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';
import { ChannelName } from './channel-name.tsx';
import { UnreadCount } from './unread-count.tsx';

/** Most channels that it shows; the field above it finds the others. */
const SHOWN = 100;

/** Links to the channels, each with its unread messages or else its last activity. */
export function ChannelList(props: {
  channels: readonly ChannelEntry[];
  current?: string;
  go: Go;
}) {
  const now = Date.now();
  return (
    <ul className="channel-list">
      {props.channels.slice(0, SHOWN).map((entry) => (
        <li key={entry.channel}>
          <RouteLink
            href={pathOfChannel(entry.channel)}
            go={props.go}
            aria-current={entry.channel === props.current ? 'page' : undefined}
          >
            <ChannelName named={entry} />{' '}
            {entry.unread > 0 ? (
              <UnreadCount {...entry} />
            ) : (
              <time dateTime={entry.at}>{timeAgo(entry.at, now)}</time>
            )}
          </RouteLink>
        </li>
      ))}
    </ul>
  );
}

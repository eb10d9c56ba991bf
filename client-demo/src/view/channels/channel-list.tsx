import './channel-list.css';
import type { ChannelEntry } from '../../channels/channel-entry.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { timeAgo } from '../../history/time-ago.ts';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';
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
      {props.channels.slice(0, SHOWN).map(({ channel, at, unread }) => (
        <li key={channel}>
          <RouteLink
            href={pathOfChannel(channel)}
            go={props.go}
            aria-current={channel === props.current ? 'page' : undefined}
          >
            <span className="channel-name">
              <span className="hash" aria-hidden="true">
                #
              </span>
              <bdi>{channel}</bdi>
            </span>{' '}
            {unread > 0 ? (
              <UnreadCount unread={unread} />
            ) : (
              <time dateTime={at}>{timeAgo(at, now)}</time>
            )}
          </RouteLink>
        </li>
      ))}
    </ul>
  );
}

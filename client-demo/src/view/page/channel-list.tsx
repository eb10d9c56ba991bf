import './channel-list.css';
import type { ChannelEntry } from '../../channels/fetch-channels.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { timeAgo } from '../../history/time-ago.ts';
import { RouteLink } from './route-link.tsx';
import type { Go } from './use-route.ts';

/** Links to the channels, each with its last activity. */
export function ChannelList(props: { channels: ChannelEntry[]; current?: string; go: Go }) {
  const now = Date.now();
  return (
    <ul className="channel-list">
      {props.channels.map(({ channel, at }) => (
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
            <time dateTime={at}>{timeAgo(at, now)}</time>
          </RouteLink>
        </li>
      ))}
    </ul>
  );
}

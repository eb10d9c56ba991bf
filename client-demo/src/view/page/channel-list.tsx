import './channel-list.css';
import type { ChannelEntry } from '../../channels/channel-entry.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { timeAgo } from '../../history/time-ago.ts';
import { numberText } from '../../locale.ts';
import { RouteLink } from './route-link.tsx';
import type { Go } from './use-route.ts';

/** More unread messages than this are not counted for the eye. */
const SHOWN_MAX = 999;

/** Links to the channels, each with its unread messages or else its last activity. */
export function ChannelList(props: {
  channels: readonly ChannelEntry[];
  current?: string;
  go: Go;
}) {
  const now = Date.now();
  return (
    <ul className="channel-list">
      {props.channels.map(({ channel, at, unread }) => (
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
              <span className="unread" data-testid="unread">
                {numberText(Math.min(unread, SHOWN_MAX))}
                {unread > SHOWN_MAX && '+'}
                <span className="unseen"> unread</span>
              </span>
            ) : (
              <time dateTime={at}>{timeAgo(at, now)}</time>
            )}
          </RouteLink>
        </li>
      ))}
    </ul>
  );
}

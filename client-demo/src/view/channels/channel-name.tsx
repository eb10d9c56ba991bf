import './channel-name.css';
import { type NamedChannel, nameOf } from '../../channels/channel-entry.ts';
import { isDirectName } from '../../channels/channel-name.ts';

/** A channel's name behind a mark: `#`, a lock for a private channel, `@` for a direct one. */
export function ChannelName({ named }: { named: NamedChannel }) {
  const isDirect = isDirectName(named.channel);
  const isLocked = named.private && !isDirect;
  return (
    <span className="channel-name">
      <span className="hash" aria-hidden="true">
        {isLocked ? <Lock /> : isDirect ? '@' : '#'}
      </span>
      <bdi>{nameOf(named)}</bdi>
      {isLocked && <span className="unseen"> private</span>}
    </span>
  );
}

function Lock() {
  return (
    <svg className="lock" viewBox="0 0 12 16" aria-hidden="true" focusable="false">
      <path d="M3 7.500V5a3 3 0 0 1 6 0v2.500M1.500 7.500h9V14h-9z" />
    </svg>
  );
}

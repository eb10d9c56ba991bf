import { useEffect, useState } from 'react';
import { readPresence } from '../../administration/admin-api.ts';
import type { Directory } from '../../channels/directory.ts';
import { presenceText } from '../../channels/presence.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { timeAgo } from '../../history/time-ago.ts';
import { useDirectory } from '../channels/use-directory.ts';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';

/** Most channels that are shown; each costs a request for its readers. */
const SHOWN = 20;

/** The channels with the latest activity, and how many read each now. */
export function ChannelsSection({ directory, go }: { directory: Directory; go: Go }) {
  const { channels = [] } = useDirectory(directory);
  const shown = channels.slice(0, SHOWN);
  return (
    <section aria-labelledby="channels">
      <h2 id="channels">Channels and their readers</h2>
      <ul className="admin-list">
        {shown.map(({ channel, at }) => (
          <li key={channel}>
            <div className="about">
              <RouteLink href={pathOfChannel(channel)} go={go}>
                #<bdi>{channel}</bdi>
              </RouteLink>{' '}
              <small>{timeAgo(at, Date.now())}</small>
            </div>
            <Readers channel={channel} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Readers({ channel }: { channel: string }) {
  const [text, setText] = useState('');
  useEffect(() => {
    readPresence(channel).then(
      (presence) => setText(presenceText(presence)),
      () => setText(''),
    );
  }, [channel]);
  return <small data-testid="readers">{text}</small>;
}

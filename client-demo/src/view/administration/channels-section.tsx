import type { Session } from '../../account/session.ts';
import { listArchived, listStreams } from '../../administration/admin-api.ts';
import { presenceText } from '../../channels/presence.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { numberText } from '../../locale.ts';
import { ChannelMenu } from '../page/channel-menu.tsx';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';
import { ListEnd } from './list-end.tsx';
import { useList } from './use-list.ts';

/** The channels that are read now: their readers, and the streams of one replica. */
export function ChannelsSection({ session, go }: { session: Session; go: Go }) {
  const list = useList(session, listStreams);
  const again = () => void list.act(async () => {});
  return (
    <section aria-labelledby="channels">
      <h2 id="channels">Channels with readers</h2>
      <ul className="admin-list">
        {list.items.map(({ channel, streams, closed = false, archived = false, ...counts }) => (
          <li key={channel}>
            <ChannelLink channel={channel} go={go} />
            <small data-testid="readers">
              {presenceText(counts)} · {numberText(streams)} {streams === 1 ? 'stream' : 'streams'}
            </small>
            <ChannelMenu channel={channel} closed={closed} archived={archived} onDone={again} />
          </li>
        ))}
      </ul>
      <ListEnd list={list} />
    </section>
  );
}

/** The archived channels, which other lists leave out. */
export function ArchivedSection({ session, go }: { session: Session; go: Go }) {
  const list = useList(session, listArchived);
  const again = () => void list.act(async () => {});
  return (
    <section aria-labelledby="archived">
      <h2 id="archived">Archived channels</h2>
      <ul className="admin-list">
        {list.items.map(({ channel }) => (
          <li key={channel} data-testid="archived-channel">
            <ChannelLink channel={channel} go={go} />
            <ChannelMenu channel={channel} closed archived onDone={again} />
          </li>
        ))}
      </ul>
      <ListEnd list={list} />
    </section>
  );
}

function ChannelLink({ channel, go }: { channel: string; go: Go }) {
  return (
    <div className="about">
      <RouteLink href={pathOfChannel(channel)} go={go}>
        #<bdi>{channel}</bdi>
      </RouteLink>
    </div>
  );
}

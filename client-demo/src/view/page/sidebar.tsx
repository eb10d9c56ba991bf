import './sidebar.css';
import { ChannelList } from './channel-list.tsx';
import { ChannelPicker } from './channel-picker.tsx';
import { Mark } from './mark.tsx';
import { RouteLink } from './route-link.tsx';
import { useChannelList } from './use-channel-list.ts';
import type { Go } from './use-route.ts';

/** All channels, beside the open one. */
export function Sidebar(props: { channel: string; account: string | undefined; go: Go }) {
  const { channel, account, go } = props;
  const { channels } = useChannelList(account);
  return (
    <nav className="sidebar" aria-label="Channels">
      <RouteLink className="wordmark" href="/" go={go}>
        <Mark /> Parley
      </RouteLink>
      <ChannelPicker go={go} label="Go to channel" button="Open" />
      {channels && <ChannelList channels={channels} current={channel} go={go} />}
    </nav>
  );
}

import './sidebar.css';
import type { Directory } from '../../channels/directory.ts';
import { ChannelList } from './channel-list.tsx';
import { ChannelPicker } from './channel-picker.tsx';
import { Mark } from './mark.tsx';
import { RouteLink } from './route-link.tsx';
import { useDirectory } from './use-directory.ts';
import type { Go } from './use-route.ts';

/** All channels, beside the open one. */
export function Sidebar(props: { channel: string; directory: Directory; go: Go }) {
  const { channel, directory, go } = props;
  const { channels } = useDirectory(directory);
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

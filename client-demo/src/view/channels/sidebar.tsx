import './sidebar.css';
import type { Directory } from '../../channels/directory.ts';
import { Mark } from '../page/mark.tsx';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';
import { ChannelList } from './channel-list.tsx';
import { ChannelPicker } from './channel-picker.tsx';
import { useDirectory } from './use-directory.ts';
import { useFound } from './use-found.ts';

/** All channels, beside the open one. */
export function Sidebar(props: { channel: string; directory: Directory; go: Go }) {
  const { channel, directory, go } = props;
  const { channels } = useDirectory(directory);
  const { found, ...field } = useFound(directory);
  return (
    <nav className="sidebar" aria-label="Channels">
      <RouteLink className="wordmark" href="/" go={go}>
        <Mark /> Parley
      </RouteLink>
      <ChannelPicker
        {...field}
        found={found.length}
        go={go}
        label="Find or open a channel"
        button="Open"
      />
      <p className="shortcut">
        <kbd>Ctrl</kbd>+<kbd>K</kbd> jumps to one
      </p>
      {channels && <ChannelList channels={found} current={channel} go={go} />}
    </nav>
  );
}

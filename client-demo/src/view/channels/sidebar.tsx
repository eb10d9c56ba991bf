import './sidebar.css';
import { Mark } from '../page/mark.tsx';
import { RouteLink } from '../page/route-link.tsx';
import { NewMessage } from '../people/new-message.tsx';
import { ChannelList } from './channel-list.tsx';
import { ChannelPicker } from './channel-picker.tsx';
import { useDirectory } from './use-directory.ts';
import { useFound } from './use-found.ts';
import type { NewChannelParts } from './use-new-channel.ts';

/** All channels, beside the open one. */
export function Sidebar(
  props: NewChannelParts & { channel: string; names: () => Iterable<string> },
) {
  const { channel, visitor, directory, go } = props;
  const parts = { visitor, directory, go };
  const { channels } = useDirectory(directory);
  const { found, ...field } = useFound(directory);
  return (
    <nav className="sidebar" aria-label="Channels">
      <RouteLink className="wordmark" href="/" go={go}>
        <Mark /> Parley
      </RouteLink>
      <ChannelPicker
        {...field}
        {...parts}
        found={found.length}
        label="Find or open a channel"
        button="Open"
      />
      <p className="shortcut">
        <kbd>Ctrl</kbd>+<kbd>K</kbd> jumps to one
      </p>
      <NewMessage {...parts} names={props.names} />
      {channels && <ChannelList channels={found} current={channel} go={go} />}
    </nav>
  );
}

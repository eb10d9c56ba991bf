import type { PresenceChange } from '@parley/contract/channels/presence.ts';
import type { LiveChannel } from '../channel/live-channel.ts';
import type { Framing } from '../framing/framing.ts';
import type { Connection } from '../reader/connection.ts';

/** A change is framed once for all readers of a framing. */
const framed = new WeakMap<PresenceChange, Map<Framing, Buffer>>();

/** Writes the changes of a channel's presence, and nothing else, to a connection. Returns what ends that. */
export function passPresenceOn({ readers }: LiveChannel, connection: Connection): () => void {
  const group = {
    // The reader counts in the group that has the channel's events.
    size: 0,
    events: () => undefined,
    signals: () => undefined,
    reset: () => undefined,
    presence: (change: PresenceChange) =>
      void connection.write(frameOf(change, connection.framing)),
  };
  readers.addGroup(group);
  return () => readers.deleteGroup(group);
}

function frameOf(change: PresenceChange, framing: Framing): Buffer {
  const known = framed.get(change) ?? new Map<Framing, Buffer>();
  const bytes = known.get(framing) ?? framing.presence(change);
  framed.set(change, known.set(framing, bytes));
  return bytes;
}

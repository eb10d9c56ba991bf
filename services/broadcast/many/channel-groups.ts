import type { LiveChannel } from '../channel/live-channel.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { Connection } from '../reader/connection.ts';
import { ChannelGroup } from './channel-group.ts';
import type { Positions } from './positions.ts';

/** The groups of live readers here, by their channels. */
export class ChannelGroups {
  readonly #metrics: BroadcastMetrics;
  readonly #groups = new Map<string, ChannelGroup>();

  constructor(metrics: BroadcastMetrics) {
    this.#metrics = metrics;
  }

  /**
   * Makes a connection a live reader of channels. It has every event of them, and `positions`, also
   * in further channels. `onBehind` is called when it has missed events, which are in the log. `leave`
   * ends that.
   */
  join(
    channels: LiveChannel[],
    connection: Connection,
    {
      presence,
      positions,
      onBehind,
    }: { presence: boolean; positions: Positions; onBehind: () => void },
  ): { group: ChannelGroup; leave: () => void } {
    const names = channels.map(({ name }) => name);
    const others = positions.beside(names);
    const keys = channels.map(({ key }) => key);
    connection.shareBytesOf(others.names.length > 0 ? [...keys, others.encode()] : keys);
    const groupKey = `${presence} ${connection.channels}`;
    const group =
      this.#groups.get(groupKey) ??
      new ChannelGroup(channels, { metrics: this.#metrics, presence, others });
    this.#groups.set(groupKey, group);
    // What the other readers have not been sent yet, this reader has already.
    group.flush();
    group.readers.add(connection);
    group.behind.add(onBehind);
    return {
      group,
      leave: () => {
        group.flush();
        group.readers.delete(connection);
        group.behind.delete(onBehind);
        if (group.readers.size > 0) return;
        group.close();
        if (this.#groups.get(groupKey) === group) this.#groups.delete(groupKey);
      },
    };
  }
}

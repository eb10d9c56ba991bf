import type { Side } from '@parley/contract/channels/topic.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { AccessFollower, Sight } from '../access/access.ts';
import { sideFor } from '../access/private-channel.ts';
import type { Connection } from '../reader/connection.ts';
import { CHANNELS_MAX, type StreamCount } from './channel-limit.ts';
import {
  type ManyStart,
  ManyStream,
  type ManyStreamParts,
  type PresenceShown,
} from './many-stream.ts';
import type { MatchingChannels } from './matching-channels.ts';

/** What a reader of several channels asks for: channels by name, and by patterns. */
export interface ManyChannels {
  names: string[];
  /**
   * `found`: the channels that match now and that the reader may read. `privateNames`: those of them
   * that are private. `fit`: those that do not fit are left out from the start, without an announcement.
   */
  patterns?: {
    matches: (channel: string) => boolean;
    found: string[];
    privateNames: ReadonlySet<string>;
    fit: boolean;
  };
  /** The sides on which the reader sees the named channels. */
  sight: Sight;
  start: ManyStart;
  presence: PresenceShown;
}

/**
 * A stream of several channels, which follows the reader's rights, the patterns, and which channels are
 * private.
 */
export interface OpenMany extends AccessFollower {
  stream: ManyStream;
  /** Writes hello, which has the name of the stream, and the past events, and makes the reader live. */
  begin(name: string): Promise<void>;
  /** Leaves out the channels that an identity may not read; false when none is left. */
  keepOnly(identity: Identity): boolean;
  close(): void;
}

/** Opens a stream of several channels on a connection. It does not send anything yet. */
export function openMany(
  connection: Connection,
  identity: Identity,
  { names, patterns, start, presence, sight }: ManyChannels,
  {
    matching,
    count,
    ...parts
  }: ManyStreamParts & { matching: MatchingChannels; count: StreamCount },
): OpenMany {
  let reader = identity;
  const may = (channel: string) => reader.maySubscribe(channel);
  const stream = new ManyStream(connection, { start, presence }, parts);
  /** Channels that did not fit, as many as are announced. */
  const refused = new Set<string>();
  /** Channels that were left out because they are private, or were. */
  const cut = new Set<string>();
  /** Private channels that were deleted, until the state of their names is known. */
  const deleted = new Set<string>();
  let hasBegun = false;
  for (const name of names) {
    stream.add(name, { isNew: false, isNamed: true, side: sight.sides.get(name) ?? 'public' });
  }
  count.set(names.length);
  const isResumed = start.after !== undefined;
  const isWanted = (name: string) => names.includes(name) || patterns?.matches(name) === true;
  const follows = (name: string) => patterns?.matches(name) === true && may(name);
  // When there are too many, the reader keeps those that it has.
  const tags = typeof start.after === 'object' ? [...start.after.texts.keys()] : [];
  const had = tags
    .flatMap((tag) => matching.named(tag) ?? [])
    .filter((name) => patterns?.matches(name));
  for (const name of had) {
    if (may(name)) addMatching(name, isResumed);
    else stream.keepPosition(name);
  }
  // A stream that was full may have left a channel out, which is not new then.
  const isNew = isResumed && tags.length < CHANNELS_MAX;
  for (const name of patterns?.found ?? []) {
    addMatching(name, isNew, patterns?.privateNames.has(name) ? 'private' : 'public');
  }
  const unwatch = patterns
    ? matching.watch((name) => {
        if (!follows(name) || stream.has(name)) return;
        addMatching(name, true);
        goOn();
      })
    : () => undefined;

  /** What joins or leaves before hello is part of hello. */
  function goOn(): void {
    if (hasBegun) void stream.catchUp();
  }

  function addMatching(
    name: string,
    isNew: boolean,
    side: Side = 'public',
    from?: { head: number },
  ): void {
    if (stream.has(name)) return;
    if (stream.names.length < CHANNELS_MAX && isAllowed(stream.names.length + 1)) {
      stream.add(name, { isNew, isNamed: names.includes(name), side, from });
    } else if (refused.size < CHANNELS_MAX && !refused.has(name)) {
      refused.add(name);
      if (hasBegun) stream.announceLeftOut(name, 'too-many-channels');
    }
  }

  /** False when the client would have too many streams with that number of channels. */
  function isAllowed(channels: number): boolean {
    try {
      count.set(channels);
      return true;
    } catch {
      return false;
    }
  }

  return {
    stream,
    async begin(name) {
      await stream.greet(name);
      hasBegun = true;
      for (const other of patterns?.fit ? [] : refused) {
        stream.announceLeftOut(other, 'too-many-channels');
      }
      await stream.catchUp();
    },
    keepOnly(renewed) {
      reader = renewed;
      for (const name of stream.names) {
        const isPrivate = stream.sideOf(name) === 'private';
        if (!may(name) || (isPrivate && reader.readerOf(name) === null)) {
          stream.leaveOut(name, 'forbidden');
        }
      }
      for (const name of stream.leftOut) if (may(name) && !cut.has(name)) addMatching(name, true);
      count.set(stream.names.length);
      goOn();
      return stream.names.length > 0 || patterns !== undefined;
    },
    switched(name) {
      if (!stream.has(name)) return;
      stream.leaveOut(name, 'forbidden');
      cut.add(name);
    },
    deleted(name) {
      if (stream.sideOf(name) !== 'private') return;
      stream.drop(name);
      // It follows as a channel of another log, with a reset, or is left out as gone (`changed`).
      cut.add(name);
      deleted.add(name);
    },
    renamed(name, to, side) {
      const own = stream.sideOf(name);
      if (own === undefined) return;
      const follows =
        own === side && may(to) && (side === 'public' || reader.readerOf(to) !== null);
      if (own === 'private') {
        stream.drop(name);
        cut.add(name);
        if (!follows) deleted.add(name);
      }
      if (follows) stream.announceRenamed(name, to);
      goOn();
    },
    changed(name, state) {
      const wasDeleted = deleted.delete(name);
      const side = sideFor(reader.readerOf(name), state);
      const now = stream.sideOf(name);
      if (now === side) return;
      // Most streams neither have the channel nor may enter it.
      if (now === undefined && side === 'public' && !cut.has(name)) return;
      if (now === 'private') {
        stream.leaveOut(name, 'forbidden');
        cut.add(name);
      } else if (now === 'public') stream.drop(name);
      const isMissing = now === 'public' || (now === undefined && isWanted(name));
      // A channel that is private for others only is not shown to the reader.
      if (isMissing && may(name) && (side === 'private' || state === undefined)) {
        cut.delete(name);
        const { head = 0 } = state ?? {};
        addMatching(name, head <= 1, side, side === 'private' ? { head } : undefined);
        if (side === 'private' && hasBegun && stream.has(name)) stream.announceAccess(name);
      }
      if (wasDeleted && !stream.has(name)) stream.announceLeftOut(name, 'gone');
      count.set(stream.names.length);
      goOn();
    },
    close() {
      unwatch();
      stream.close();
      count.set(0);
    },
  };
}

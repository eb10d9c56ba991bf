import type { Identity } from '@parley/kit/tokens/identity.ts';
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
   * `found`: the channels that match now and that the reader may read. `fit`: those that do not fit
   * are left out from the begin, without an announcement.
   */
  patterns?: { matches: (channel: string) => boolean; found: string[]; fit: boolean };
  start: ManyStart;
  presence: PresenceShown;
}

/** A stream of several channels, which follows the reader's rights and the patterns. */
export interface OpenMany {
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
  { names, patterns, start, presence }: ManyChannels,
  {
    matching,
    count,
    ...parts
  }: ManyStreamParts & { matching: MatchingChannels; count: StreamCount },
): OpenMany {
  let may = (channel: string) => identity.maySubscribe(channel);
  const stream = new ManyStream(connection, { start, presence }, parts);
  /** Channels that did not fit, as many as are announced. */
  const refused = new Set<string>();
  let hasBegun = false;
  for (const name of names) stream.add(name, { isNew: false, isNamed: true });
  count.set(names.length);
  const isResumed = start.after !== undefined;
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
  for (const name of patterns?.found ?? []) addMatching(name, isNew);
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

  function addMatching(name: string, isNew: boolean): void {
    if (stream.has(name)) return;
    if (stream.names.length < CHANNELS_MAX && isAllowed(stream.names.length + 1)) {
      stream.add(name, { isNew, isNamed: false });
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
      may = (channel) => renewed.maySubscribe(channel);
      for (const name of stream.names) if (!may(name)) stream.leaveOut(name, 'forbidden');
      for (const name of stream.leftOut) if (may(name)) addMatching(name, true);
      count.set(stream.names.length);
      goOn();
      return stream.names.length > 0 || patterns !== undefined;
    },
    close() {
      unwatch();
      stream.close();
      count.set(0);
    },
  };
}

import { FRAME_END } from '@parley/contract/streams/sse.ts';
import { openBatcher } from '../channel/batcher.ts';
import type { LiveChannel } from '../channel/live-channel.ts';
import { type ReaderGroup, Readers } from '../channel/readers.ts';
import type { Framing } from '../framing/framing.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { Positions } from './positions.ts';

const ID_LINE = '\nid: ';

/**
 * The live readers of the same channels. All of them have the same positions, so that an event gets
 * its id, with the positions in all channels, once for the group, and is written once to each reader.
 */
export class ChannelGroup {
  /** The readers' positions, up to the last event that was received. */
  readonly positions: Positions;
  readonly readers = new Readers();
  /** Called when the readers have missed events, which are in the log. */
  readonly behind = new Set<() => void>();
  readonly #parts: Map<LiveChannel, ReaderGroup>;
  readonly #metrics: BroadcastMetrics;
  readonly #batcher = openBatcher(() => this.flush());
  #pending: ((framing: Framing) => Buffer)[] = [];
  #pendingEvents = 0;
  #signals: Buffer[] = [];
  #pendingSignals = 0;

  /**
   * Begins at the heads of the channels. `others`: the readers' positions in further channels, of
   * which they get nothing. `presence` false: the readers get no presence.
   */
  constructor(
    channels: LiveChannel[],
    {
      metrics,
      presence,
      others,
    }: { metrics: BroadcastMetrics; presence: boolean; others: Positions },
  ) {
    this.#metrics = metrics;
    this.positions = others;
    this.#parts = new Map(channels.map((channel) => [channel, this.#partOf(channel, presence)]));
    for (const [channel, part] of this.#parts) {
      this.#setPosition(channel);
      channel.readers.addGroup(part);
    }
  }

  get channels(): LiveChannel[] {
    return [...this.#parts.keys()];
  }

  /** Ends the group; its readers have left. */
  close(): void {
    for (const [channel, part] of this.#parts) channel.readers.deleteGroup(part);
  }

  /** Writes what has arrived since the last flush. */
  flush(): void {
    const [pending, signals] = [this.#pending, this.#signals];
    if (pending.length > 0) {
      this.#pending = [];
      this.readers.write((framing) => Buffer.concat(pending.map((encode) => encode(framing))));
      this.#metrics.deliveries.inc(this.#pendingEvents * this.readers.size);
      this.#pendingEvents = 0;
    }
    if (signals.length > 0) this.#flushSignals(signals);
  }

  #flushSignals(signals: Buffer[]): void {
    const count = this.#pendingSignals;
    this.#signals = [];
    this.#pendingSignals = 0;
    const { size } = this.readers;
    const got = this.readers.signals(Buffer.concat(signals), count);
    this.#metrics.signals.inc({ outcome: 'delivered' }, got * count);
    this.#metrics.signals.inc({ outcome: 'dropped' }, (size - got) * count);
  }

  #partOf(channel: LiveChannel, presence: boolean): ReaderGroup {
    const { readers } = this;
    return {
      get size() {
        return readers.size;
      },
      events: (frames) => {
        const { frames: own, count } = withPositions(frames, channel, this.positions);
        this.#pendingEvents += count;
        this.#add((framing) => framing.events(own));
      },
      signals: (frames, count) => {
        this.#signals.push(frames);
        this.#pendingSignals += count;
        this.#batcher.request();
      },
      presence: (change) => {
        if (presence) this.#add((framing) => framing.presence(change));
      },
      reset: (reset) => {
        if (this.#goesOn(channel)) {
          for (const onBehind of [...this.behind]) onBehind();
          return;
        }
        this.#setPosition(channel);
        this.#add((framing) => framing.reset(reset));
      },
    };
  }

  #add(encode: (framing: Framing) => Buffer): void {
    this.#pending.push(encode);
    this.#batcher.request();
  }

  /** True when a log comes back to its name. How far they are in it, the readers know each for itself. */
  #goesOn({ name, epoch }: LiveChannel): boolean {
    return epoch !== null && this.positions.of(name)?.epoch === null;
  }

  #setPosition({ name, epoch, head }: LiveChannel): void {
    this.positions.set(name, { epoch, seq: head });
  }
}

/**
 * The frames of a channel's events, each with an id that holds the positions after it. Moves the
 * position in the channel to the last event.
 */
export function withPositions(
  frames: Buffer,
  { name, epoch }: Pick<LiveChannel, 'name' | 'epoch'>,
  positions: Positions,
): { frames: Buffer; count: number } {
  const pieces: Buffer[] = [];
  let count = 0;
  for (let at = 0; at < frames.length; count++) {
    const end = frames.indexOf(FRAME_END, at);
    const idAt = frames.lastIndexOf(ID_LINE, end - 1);
    const id = frames.toString('latin1', idAt + ID_LINE.length, end);
    positions.set(name, { epoch, seq: Number(id.slice(id.lastIndexOf(':') + 1)) });
    pieces.push(
      frames.subarray(at, idAt + ID_LINE.length),
      Buffer.from(positions.encode() + FRAME_END, 'latin1'),
    );
    at = end + FRAME_END.length;
  }
  return { frames: Buffer.concat(pieces), count };
}

/**
 * Whole frames of at most `maxBytes` together, or a longer one, when each id takes `idBytes` more.
 */
export function* partsOf(
  frames: Buffer,
  { maxBytes, idBytes }: { maxBytes: number; idBytes: number },
): Generator<Buffer> {
  for (let [from, at, bytes] = [0, 0, 0]; at < frames.length; ) {
    const end = frames.indexOf(FRAME_END, at) + FRAME_END.length;
    bytes += end - at + idBytes;
    const next =
      end === frames.length ? 0 : frames.indexOf(FRAME_END, end) + FRAME_END.length - end;
    if (next === 0 || bytes + next + idBytes > maxBytes) {
      yield frames.subarray(from, end);
      [from, bytes] = [end, 0];
    }
    at = end;
  }
}

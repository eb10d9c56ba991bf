import type { Side } from '@parley/contract/channels/topic.ts';
import { ACCESS_SIGNAL } from '@parley/contract/streams/access-signal.ts';
import {
  encodeSignalFrame,
  type LeftOut,
  type PositionFault,
} from '@parley/contract/streams/sse.ts';
import type { Sides } from '../access/sides.ts';
import type { Chunk } from '../channel/backlog.ts';
import { type LiveChannel, renamedTo, resetOf } from '../channel/live-channel.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { ReaderPresence } from '../presence/presences.ts';
import { CHUNK_BYTES, findStart, LOG_RETRY_MS } from '../reader/catch-up.ts';
import type { CatchUpSpace } from '../reader/catch-up-space.ts';
import type { Connection } from '../reader/connection.ts';
import { partsOf, withPositions } from './channel-group.ts';
import type { ChannelGroups } from './channel-groups.ts';
import { CHANNELS_MAX } from './channel-limit.ts';
import { type GivenPositions, Positions, tagOf } from './positions.ts';
import { passPresenceOn } from './presence-pass.ts';

/**
 * Where a stream begins in its channels: at the positions of an id, which may be malformed, and in
 * the channels that the id does not have, with the newest few events or from now.
 */
export interface ManyStart {
  after: GivenPositions | 'malformed' | undefined;
  newest: number;
}

export interface ManyStreamParts {
  channels: Sides;
  groups: ChannelGroups;
  space: CatchUpSpace;
  serverName: string;
  metrics: BroadcastMetrics;
  enterPresence: (channel: string, side: Side) => ReaderPresence;
  /** What a channel of an old name is called now, if the reader may read that. */
  nameNow: (channel: string) => Promise<string | undefined>;
  /** Called when the stream cannot go on. */
  onFailure: (error: unknown) => void;
}

/** The channels whose presence a stream sends. `named`: those that match a pattern are left out. */
export type PresenceShown = 'all' | 'named' | 'none';

/** How a channel joins a stream. */
interface Joining {
  /** It did not exist when the stream began. */
  isNew: boolean;
  /** The reader has named it, and does not have it by a pattern only. */
  isNamed: boolean;
  side: Side;
  /** As of a member. */
  from?: Member['from'];
}

/** A channel of the stream. */
interface Member {
  channel: LiveChannel;
  /** Undefined for a channel in which the reader is not present. */
  presence: ReaderPresence | undefined;
  /** True for a channel that was made after the reader's id: its first event is new to the reader. */
  isNew: boolean;
  /**
   * Its head when it began for the reader, as hello or a change of access said, and the epoch of its log,
   * where that is known; undefined: it begins at its present head.
   */
  from: { epoch?: string | null; head: number } | undefined;
  /** False until the reader's position in it is known. */
  hasPosition: boolean;
  /** True while its log cannot be read. The stream goes on without it. */
  isWaiting: boolean;
  /** Announcements of the channel's presence that the reader has; undefined before the first. */
  announcements: number | undefined;
}

/**
 * One reader of several channels. It catches up in one channel after another and is then a live
 * reader in the group of its channels. When a channel joins or leaves, it leaves its group and
 * catches up again. A channel whose log cannot be read joins later.
 */
export class ManyStream {
  readonly #connection: Connection;
  readonly #parts: ManyStreamParts;
  readonly #start: ManyStart;
  readonly #presence: PresenceShown;
  readonly #members = new Map<string, Member>();
  #positions = new Positions();
  #leaveGroup: (() => void) | undefined;
  #isCatchingUp = false;
  /** From where the past events came that the reader asked for; undefined once it is counted. */
  #source: 'backlog' | 'log' | 'reset' | undefined;
  #isGreeted = false;

  constructor(
    connection: Connection,
    { start, presence }: { start: ManyStart; presence: PresenceShown },
    parts: ManyStreamParts,
  ) {
    this.#connection = connection;
    this.#start = start;
    this.#presence = presence;
    if (start.after !== undefined || start.newest > 0) this.#source = 'backlog';
    this.#parts = parts;
  }

  get names(): string[] {
    return [...this.#members.keys()];
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** True once hello is written. */
  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  /** The side on which the stream has a channel; undefined when it does not have it. */
  sideOf(name: string): Side | undefined {
    return this.#members.get(name)?.channel.side;
  }

  /** Adds a channel; `catchUp` begins to send it. */
  add(name: string, { isNew, isNamed, side, from }: Joining): void {
    if (this.#members.has(name)) return;
    const channel = this.#parts.channels.acquire(name, side);
    const isPresent = isNamed || this.#presence !== 'named';
    const presence = isPresent ? this.#parts.enterPresence(name, side) : undefined;
    // It has a log by now, which is not read yet.
    const isBehind = isNew && channel.isReady && channel.epoch === null;
    const isWaiting = isBehind || !channel.isReady;
    const member = {
      channel,
      presence,
      isNew,
      isWaiting,
      from,
      hasPosition: false,
      announcements: undefined,
    };
    this.#members.set(name, member);
    this.#trimPositions();
    const known = isBehind ? channel.verify() : channel.ready;
    if (isWaiting) void known.then(() => this.#goOnWith(member));
    else this.#goOffline();
  }

  /** Channels that the stream does not have, and whose positions it keeps: they were left out. */
  get leftOut(): string[] {
    return this.#positions.names.filter((name) => !this.#members.has(name));
  }

  /** Keeps the position in a channel that the reader may not read now. */
  keepPosition(name: string): void {
    const { after } = this.#start;
    const text = typeof after === 'object' ? after.texts.get(tagOf(name)) : undefined;
    if (text !== undefined) this.#positions.keep(name, text);
    this.#trimPositions();
  }

  /** Leaves a channel out from now on, and sends the reason. The ids keep its position. */
  leaveOut(name: string, reason: LeftOut): void {
    if (!this.has(name)) return;
    this.drop(name);
    this.announceLeftOut(name, reason);
  }

  /** Leaves a channel, whose other side follows. */
  drop(name: string): void {
    const member = this.#members.get(name);
    if (!member) return;
    this.#goOffline();
    this.#forget(name, member);
  }

  /** Sends the reason why the stream does not have a channel. */
  announceLeftOut(channel: string, reason: LeftOut): void {
    this.#connection.write(this.#connection.framing.reset({ channel, reason }));
  }

  /** Sends that a channel is called `to` now. Its old name goes on as one without events. */
  announceRenamed(name: string, to: string): void {
    // While it is live, only its group knows how far it is.
    this.#goOffline();
    if (this.#positions.of(name)?.epoch === null) return;
    this.#positions.set(name, { epoch: null, seq: 0 });
    this.#connection.write(this.#connection.framing.reset(renamedTo(name, to)));
    const member = this.#members.get(name);
    if (!member) return;
    member.isWaiting = true;
    void member.channel.verify().then(() => this.#goOnWith(member));
  }

  /** Sends that a private channel joins the stream, because its reader has become a member. */
  announceAccess(channel: string): void {
    const signal = {
      channel,
      kind: 'signal',
      type: ACCESS_SIGNAL,
      at: new Date().toISOString(),
    } as const;
    this.#connection.write(this.#connection.framing.events(Buffer.from(encodeSignalFrame(signal))));
  }

  /** Writes hello when the state of all channels is known. */
  async greet(stream: string): Promise<void> {
    this.#connection.shareBytesOf([...this.#members.values()].map(({ channel }) => channel.key));
    // The channels that join meanwhile are in the map, and those that leave are not.
    for (const { channel } of this.#members.values()) await channel.ready;
    const { serverName: server } = this.#parts;
    const channels = [...this.#members.values()].map((member) => {
      const { name, epoch, head, closing } = member.channel;
      member.from = { epoch, head };
      return { channel: name, epoch, head, ...closing };
    });
    const { framing } = this.#connection;
    const id = framing.placesHello ? this.#beginning() : undefined;
    this.#connection.write(framing.hello({ server, channels, stream }, id));
    this.#isGreeted = true;
  }

  /**
   * Sends the past events of all channels and makes the reader live. Nothing is awaited between
   * finding no past event left and going live, so that no event is lost or sent twice.
   */
  async catchUp(): Promise<void> {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    try {
      while (!this.#connection.closed && !this.#leaveGroup) await this.#step();
    } catch (error) {
      this.#parts.onFailure(error);
    } finally {
      this.#isCatchingUp = false;
      this.#parts.space.passOn();
    }
  }

  /** Leaves all channels. */
  close(): void {
    this.#goOffline();
    for (const [name, member] of this.#members) this.#forget(name, member);
  }

  /** The id of where the stream begins; undefined when past events or a reset follow. */
  #beginning(): string | undefined {
    const positions = this.#positions.beside([]);
    for (const member of this.#members.values()) {
      const { name, epoch, head: seq } = member.channel;
      if (this.#startIn(member) !== seq) return undefined;
      positions.set(name, { epoch, seq });
    }
    return positions.encode();
  }

  async #step(): Promise<void> {
    const behind = this.#findBehind();
    if (behind) await this.#advance(behind);
    else this.#goLive();
  }

  /** Makes space in the id: the channels that were left out first give way. */
  #trimPositions(): void {
    const { leftOut } = this;
    const tooMany = this.#members.size + leftOut.length - CHANNELS_MAX;
    for (const name of leftOut.slice(0, Math.max(0, tooMany))) this.#positions.delete(name);
  }

  /** The channels that can be sent now. */
  #readable(): Member[] {
    return [...this.#members.values()].filter(({ isWaiting }) => !isWaiting);
  }

  /** A channel to go on with; first those without a position, so that every id has all channels. */
  #findBehind(): Member | undefined {
    const members = this.#readable();
    return (
      members.find(({ hasPosition }) => !hasPosition) ??
      members.find(({ channel }) => {
        const { epoch = null, seq = 0 } = this.#positions.of(channel.name) ?? {};
        return epoch !== channel.epoch || seq < channel.head;
      })
    );
  }

  /** Catches up with a channel that waited. */
  #goOnWith(member: Member): void {
    member.isWaiting = false;
    if (!this.#isGreeted || !this.#has(member)) return;
    this.#goOffline();
    void this.catchUp();
  }

  async #advance(member: Member): Promise<void> {
    const { channel, hasPosition } = member;
    if (!hasPosition) return this.#findPosition(member);
    const { epoch, seq } = this.#positions.of(channel.name) ?? { epoch: null, seq: 0 };
    if (epoch !== channel.epoch) {
      // A channel that had no event has its first log now; otherwise the log was replaced.
      if (epoch === null) this.#setPosition(channel, this.#inLog(channel.epoch) ?? seq);
      else this.#reset(channel, 'epoch');
      return;
    }
    // A reader that waits holds no chunk.
    if (this.#parts.space.isFull) return this.#parts.space.free();
    const chunk = channel.backlog.after(seq, PART_BYTES) ?? (await this.#readLog(member, seq));
    if (!this.#isIn(channel, epoch) || chunk === 'unreadable') return;
    if (chunk) await this.#send(channel, chunk);
    else this.#skip(member, seq);
  }

  #has(member: Member): boolean {
    return this.#members.get(member.channel.name) === member && !this.#connection.closed;
  }

  /** Whether the reader still has a channel, and the channel this log. */
  #isIn({ name, epoch }: LiveChannel, log: string | null): boolean {
    return this.#members.has(name) && epoch === log && !this.#connection.closed;
  }

  /** Sends events in parts: with their ids they are many times as long. */
  async #send(channel: LiveChannel, { bytes }: Chunk): Promise<void> {
    const { space } = this.#parts;
    const { framing } = this.#connection;
    const { epoch } = channel;
    const idBytes = this.#positions.encode().length;
    for (const part of partsOf(bytes, { maxBytes: PART_BYTES, idBytes })) {
      if (!this.#isIn(channel, epoch)) return;
      if (space.isFull) return;
      const { frames } = withPositions(part, channel, this.#positions);
      if (!this.#connection.write(framing.events(frames))) await space.hold(this.#connection);
    }
  }

  /** Goes on where the log begins, when it no longer has the events after a seq. */
  #skip({ channel }: Member, seq: number): void {
    if (this.#start.after === undefined) {
      this.#setPosition(channel, Math.max(seq, channel.backlog.start));
    } else this.#reset(channel, 'expired');
  }

  async #findPosition(member: Member): Promise<void> {
    const { channel } = member;
    const found = await findStart(channel, () => this.#startIn(member));
    const isGone = typeof found === 'string' && resetOf(channel, found).reason === 'gone';
    const to = isGone ? await this.#parts.nameNow(channel.name).catch(() => undefined) : undefined;
    member.hasPosition = true;
    if (!this.#has(member)) return;
    if (to !== undefined && channel.epoch === null) {
      this.announceRenamed(channel.name, to);
      return;
    }
    if (typeof found === 'number') this.#setPosition(channel, found);
    else this.#reset(channel, found);
  }

  #startIn({ channel: { name, epoch, head }, isNew, from }: Member): number | PositionFault {
    const known = this.#inLog(epoch) ?? this.#positions.of(name);
    if (typeof known === 'number') return known;
    const { after, newest } = this.#start;
    const given = after === 'malformed' ? after : (after?.find(name, epoch) ?? 'unknown');
    // A channel that was hidden, and has its log again, goes on where the reader was.
    if (known?.epoch === null && typeof given === 'number') return given;
    if (known) return known.epoch === epoch || known.epoch === null ? known.seq : 'epoch';
    if (given !== 'unknown') return given;
    return isNew ? 0 : Math.max(0, headOf(from, { epoch, head }) - newest);
  }

  /** The seq up to which the reader has a log, under any name of its channel. */
  #inLog(epoch: string | null): number | undefined {
    return epoch === null ? undefined : this.#positions.inLog(epoch);
  }

  #reset(channel: LiveChannel, reason: PositionFault): void {
    if (this.#source) this.#source = 'reset';
    this.#setPosition(channel, channel.head);
    this.#connection.write(this.#connection.framing.reset(resetOf(channel, reason)));
  }

  #setPosition({ name, epoch }: LiveChannel, seq: number): void {
    this.#positions.set(name, { epoch, seq });
  }

  /** Reads events from the log. When it cannot be read, the channel waits for the next attempt. */
  async #readLog(member: Member, seq: number): Promise<Chunk | 'unreadable' | undefined> {
    const { channel } = member;
    const pages = this.#parts.channels.pagesOf(channel);
    if (this.#source === 'backlog') this.#source = 'log';
    try {
      const limits = { maxBytes: PART_BYTES, upTo: channel.head };
      return await pages.after(channel.name, { epoch: channel.epoch ?? '', seq }, limits);
    } catch {
      this.#parts.metrics.logFailures.inc();
      member.isWaiting = true;
      setTimeout(() => void this.#readAgain(member, seq), LOG_RETRY_MS).unref();
      return 'unreadable';
    }
  }

  /** Reads the log while the stream goes on with its other channels. */
  async #readAgain(member: Member, seq: number): Promise<void> {
    if (!this.#has(member)) return;
    if ((await this.#readLog(member, seq)) !== 'unreadable') this.#goOnWith(member);
  }

  #goLive(): void {
    const connection = this.#connection;
    const members = this.#readable();
    const channels = members.map(({ channel }) => channel);
    const { group, leave } = this.#parts.groups.join(channels, connection, {
      presence: this.#presence === 'all',
      positions: this.#positions,
      onBehind: () => {
        this.#goOffline();
        void this.catchUp();
      },
    });
    const shown = this.#presence === 'none' ? [] : members.filter(({ presence }) => presence);
    for (const { presence, announcements } of shown) {
      if (presence && announcements !== presence.announcements()) {
        connection.write(presence.whole(connection.framing));
      }
    }
    const further = this.#presence === 'named' ? shown : [];
    const presences = further.map(({ channel }) => passPresenceOn(channel, connection));
    this.#countResume();
    this.#leaveGroup = () => {
      leave();
      for (const end of presences) end();
      this.#positions.adopt(
        members.map(({ channel }) => channel.name),
        group.positions,
      );
      for (const member of members) {
        member.announcements = member.presence?.announcements();
      }
    };
  }

  /** Counts the stream once it has all past events that it asked for. */
  #countResume(): void {
    if (!this.#source || this.#readable().length < this.#members.size) return;
    this.#parts.metrics.resumes.inc({ source: this.#source });
    this.#source = undefined;
  }

  #goOffline(): void {
    this.#leaveGroup?.();
    this.#leaveGroup = undefined;
  }

  #forget(name: string, { channel, presence }: Member): void {
    this.#members.delete(name);
    presence?.leave();
    this.#parts.channels.release(channel);
  }
}

/** The head at which a channel began for a reader; of a log that is younger, all events are new. */
function headOf(
  from: Member['from'],
  { epoch, head }: { epoch: string | null; head: number },
): number {
  if (!from) return head;
  if (from.epoch === null) return 0;
  return from.epoch === undefined || from.epoch === epoch ? from.head : head;
}

/** A reader that waits holds a chunk without ids, and a part of it with ids. */
const PART_BYTES = CHUNK_BYTES / 2;

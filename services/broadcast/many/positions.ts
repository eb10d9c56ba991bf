import { hash } from 'node:crypto';
import { BEFORE_ALL, parsePosition } from '@parley/contract/events/position.ts';
import { CHANNELS_MAX } from './channel-limit.ts';

/** The first character of an id. No position of a single channel begins with it. */
const MARK = '~';
/** A channel's name as 10 characters; then, of a channel with events, its epoch as 4, and its seq. */
const ENTRY = /^([\w-]{10})(?:([\w-]{4})(0|[1-9a-z][0-9a-z]{0,10}))?$/;
const SEQ_BASE = 36;

/** A position in one channel. `epoch` is null, and `seq` 0, while the channel has no event. */
interface ChannelPosition {
  epoch: string | null;
  seq: number;
}

/**
 * The positions of a reader in several channels, and the one SSE `id` that holds all of them. The
 * id has at most 2.6 KB for 100 channels. It has no names: a channel is known by a hash of its name,
 * and a log by a hash of its epoch.
 */
export class Positions {
  readonly #entries = new Map<
    string,
    { prefix: string; position: ChannelPosition | undefined; text: string }
  >();
  /** The last seqs of logs that channels here had before, by epoch; the oldest first. */
  readonly #former = new Map<string, number>();

  /** The channels that are held. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** The position in a channel; undefined for a channel that is not held, or only kept. */
  of(channel: string): ChannelPosition | undefined {
    return this.#entries.get(channel)?.position;
  }

  set(channel: string, position: ChannelPosition): void {
    const { epoch, seq } = position;
    const known = this.#entries.get(channel);
    if (known?.position && known.position.epoch === epoch) {
      known.position = position;
      known.text = epoch === null ? known.prefix : known.prefix + seq.toString(SEQ_BASE);
      return;
    }
    if (known?.position) this.#noteFormer(known.position);
    const prefix = nameTag(channel) + (epoch === null ? '' : epochTag(epoch));
    const text = epoch === null ? prefix : prefix + seq.toString(SEQ_BASE);
    this.#entries.set(channel, { prefix, position, text });
  }

  /** Takes over how far others came in channels, also in logs that these do not have any more. */
  adopt(channels: string[], others: Positions): void {
    for (const channel of channels) {
      const position = others.of(channel);
      if (position) this.set(channel, position);
    }
    for (const [epoch, seq] of others.#former) this.#noteFormer({ epoch, seq });
  }

  /** Keeps the position in a log that its channel does not have any more, as long as the stream lasts. */
  #noteFormer({ epoch, seq }: ChannelPosition): void {
    if (epoch === null) return;
    this.#former.set(epoch, Math.max(seq, this.#former.get(epoch) ?? 0));
    const [oldest] = this.#former.keys();
    if (this.#former.size > CHANNELS_MAX && oldest !== undefined) this.#former.delete(oldest);
  }

  /**
   * The last seq in a log under any name, because a renamed channel keeps its log; undefined when the
   * reader had nothing of it.
   */
  inLog(epoch: string): number | undefined {
    let last = this.#former.get(epoch);
    for (const { position } of this.#entries.values()) {
      if (position?.epoch === epoch) last = Math.max(position.seq, last ?? 0);
    }
    return last;
  }

  /** Keeps what an id had of a channel whose epoch is not known here. */
  keep(channel: string, text: string): void {
    this.#entries.set(channel, { prefix: '', position: undefined, text });
  }

  delete(channel: string): void {
    this.#entries.delete(channel);
  }

  /** The positions in all channels but these. */
  beside(channels: string[]): Positions {
    const others = new Positions();
    const left = new Set(channels);
    for (const [name, entry] of this.#entries) {
      if (!left.has(name)) others.#entries.set(name, { ...entry });
    }
    return others;
  }

  encode(): string {
    let id = '';
    for (const { text } of this.#entries.values()) id += id === '' ? text : `.${text}`;
    return MARK + id;
  }
}

/**
 * What an id has of a channel: the seq after which to begin, `unknown` when the id does not have the
 * channel, or `epoch` when it has another log of that channel.
 */
export type Found = number | 'unknown' | 'epoch';

/** The positions of an id. */
export interface GivenPositions {
  /** Looks up the position in a channel, which has this epoch now. */
  find(channel: string, epoch: string | null): Found;
  /** The text of each channel by the tag of its name; none for the position of a single channel. */
  texts: ReadonlyMap<string, string>;
}

/**
 * Reads an id, or the position of a single channel; undefined when it is neither. `-:0` is the position
 * before all events of each channel.
 */
export function parsePositions(id: string): GivenPositions | undefined {
  if (id === BEFORE_ALL) return { texts: new Map(), find: () => 0 };
  const single = parsePosition(id);
  if (single) {
    return {
      texts: new Map(),
      find: (_, epoch) => (epoch === single.epoch ? single.seq : 'unknown'),
    };
  }
  if (!id.startsWith(MARK)) return undefined;
  const entries = new Map<string, { tag: string | undefined; seq: number }>();
  const byTag = new Map<string, string>();
  const texts = id === MARK ? [] : id.slice(MARK.length).split('.', CHANNELS_MAX + 1);
  if (texts.length > CHANNELS_MAX) return undefined;
  for (const text of texts) {
    const [, name, tag, digits = '0'] = ENTRY.exec(text) ?? [];
    const seq = Number.parseInt(digits, SEQ_BASE);
    if (name === undefined || !Number.isSafeInteger(seq)) return undefined;
    entries.set(name, { tag, seq });
    byTag.set(name, text);
  }
  return {
    texts: byTag,
    find(channel, epoch) {
      const entry = entries.get(nameTag(channel));
      if (!entry) return 'unknown';
      // The channel had no event then: all that it has now are new.
      if (entry.tag === undefined) return 0;
      return epoch !== null && entry.tag === epochTag(epoch) ? entry.seq : 'epoch';
    },
  };
}

const tags = new Map<string, string>();
/** Tags that are kept; all are dropped when there are more. */
const TAGS_MAX = 10_000;

function nameTag(channel: string): string {
  let tag = tags.get(channel);
  if (tag === undefined) {
    if (tags.size >= TAGS_MAX) tags.clear();
    tag = tagOf(channel);
    tags.set(channel, tag);
  }
  return tag;
}

/** The hash by which an id knows a channel. */
export function tagOf(channel: string): string {
  return hash('sha256', channel, 'base64url').slice(0, 10);
}

function epochTag(epoch: string): string {
  return hash('sha256', epoch, 'base64url').slice(0, 4);
}

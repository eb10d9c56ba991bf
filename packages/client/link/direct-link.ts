import { ParleyError } from '../error.ts';
import type { ChannelState, LogEvent, Reset } from '../events.ts';
import type { Http } from '../http.ts';
import { isPattern } from '../pattern-match.ts';
import type { StreamSource } from '../stream/source.ts';
import type { StreamEvent } from '../stream/sse-parser.ts';
import { StreamLoop } from '../stream/stream-loop.ts';
import {
  type Link,
  type LinkListener,
  type LinkState,
  NO_RESUME,
  type ResumePoint,
} from './link.ts';

/** Channels that are asked for at the same time. */
const PROBES = 10;
/**
 * Most bytes of the names in the address of a stream. With an id of 100 channels (2.6 KB) the address
 * stays below the 8 KB that proxies allow.
 */
const NAMES_BYTES = 5_000;

export interface DirectLinkParts {
  http: Http;
  source: StreamSource;
  presence: boolean;
  silenceMs: number | undefined;
  listener: LinkListener;
  /** Called with each heartbeat. */
  onBeat?: () => void;
}

/**
 * A connection that is newer than this is not the cause of a missing event, and is not replaced at
 * once.
 */
const NEW_MS = 3_000;

/** The first event of a stream. */
interface Hello {
  server: string;
  stream: string;
  channels: ChannelState[];
}

/** A link with a connection of its own, and further ones for names that its address has no space for. */
export class DirectLink implements Link {
  readonly #parts: DirectLinkParts;
  readonly #loop: StreamLoop;
  #names: readonly string[] = [];
  #more: DirectLink | undefined;
  /** The channels that the id had a position of when the present stream began. */
  #covered: ReadonlySet<string>;
  /** True when the present stream has brought an id. */
  #hasId = false;
  /** The names and patterns of the stream that has begun last. */
  #asked: ReadonlySet<string>;
  #states = new Map<string, ChannelState>();
  #state: LinkState = 'idle';
  #server = '';

  constructor(parts: DirectLinkParts, resume: ResumePoint = NO_RESUME) {
    this.#parts = parts;
    this.#covered = resume.covered;
    this.#asked = resume.asked;
    this.#loop = new StreamLoop({
      source: parts.source,
      lastId: resume.lastId,
      silenceMs: parts.silenceMs,
      path: () => this.#path(),
      onOpen: () => this.#opening(),
      onEvent: (event) => this.#receive(event),
      onEnd: (error) => this.#ended(error),
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The id of the newest event. */
  get lastId(): string {
    return this.#loop.lastId;
  }

  get resume(): ResumePoint {
    return { lastId: this.lastId, covered: this.#coveredNow, asked: this.#asked };
  }

  /** The channels that the id has a position of: those of the stream that it came by. */
  get #coveredNow(): ReadonlySet<string> {
    return this.#hasId ? new Set(this.#states.keys()) : this.#covered;
  }

  /** The names and patterns of its streams. */
  get asked(): ReadonlySet<string> {
    return new Set([...this.#asked, ...(this.#more?.asked ?? [])]);
  }

  get server(): string {
    return this.#server;
  }

  /** The state of the channels of the stream, with their newest events. */
  get states(): ReadonlyMap<string, ChannelState> {
    return new Map([...this.#states, ...(this.#more?.states ?? [])]);
  }

  want(wanted: readonly string[]): void {
    const count = countThatFits(wanted);
    const names = wanted.slice(0, count);
    if (wanted.length > count) this.#more ??= this.#openMore();
    this.#more?.want(wanted.slice(count));
    const same =
      names.length === this.#names.length && names.every((one, i) => one === this.#names[i]);
    if (same) return;
    this.#names = names;
    if (names.length === 0) this.#setState('idle');
    // A stream that resumes would send the whole of the channels that match a new pattern.
    if (names.some((name) => isPattern(name) && !this.#asked.has(name))) this.#loop.forgetId();
    this.#loop.restart();
  }

  reopen(): void {
    this.#more?.reopen();
    this.#loop.restart();
  }

  doubt(): void {
    this.#more?.doubt();
    if (this.#loop.openMs > NEW_MS) this.#loop.restart();
  }

  rest(): void {}

  wake(): void {}

  close(): void {
    this.#more?.close();
    this.#loop.close();
  }

  #openMore(): DirectLink {
    const { listener, onBeat: _, ...parts } = this.#parts;
    return new DirectLink({
      ...parts,
      listener: {
        ...listener,
        onState: () => undefined,
        onHello: (greeting) => listener.onHello({ ...greeting, isMore: true }),
      },
    });
  }

  #path(): string | undefined {
    if (this.#names.length === 0) return undefined;
    const query = queryOf(this.#names);
    query.set('untyped', '1');
    query.set('heartbeat', 'event');
    if (!this.#parts.presence) query.set('presence', '0');
    else if (this.#names.some(isPattern)) query.set('presence', 'named');
    query.set('fit', '1');
    return `/broadcast?${query}`;
  }

  #opening(): void {
    if (this.#state === 'idle') this.#setState('connecting');
  }

  #receive({ name, data, id }: StreamEvent): void {
    const { listener, onBeat } = this.#parts;
    if (name === 'heartbeat') {
      onBeat?.();
      return;
    }
    const value = JSON.parse(data);
    if (name === 'expired') void this.#renew();
    else if (name === 'hello') this.#greet(value);
    else if (name === 'reset' && value.history === undefined)
      this.#leftOut(value.channel, value.reason);
    else if (name === 'reset') this.#reset(value);
    else if (name === 'presence') listener.onPresence(value);
    else if (name === 'read') listener.onRead(value);
    else if (name === 'mute') listener.onMute(value);
    else if (value.kind === 'signal') listener.onSignal(value);
    else this.#deliver(value, id);
  }

  #reset(reset: Reset): void {
    const { channel, reason } = reset;
    if (reason === 'gone' || reason === 'renamed')
      this.#states.set(channel, { channel, epoch: null, head: 0 });
    this.#parts.listener.onReset(reset, this.#states.get(channel));
  }

  #deliver(event: LogEvent, id: string): void {
    const { channel, epoch, seq: head } = event;
    if (id !== '') this.#hasId = true;
    this.#states.set(channel, { ...this.#states.get(channel), channel, epoch, head });
    this.#parts.listener.onEvent(event);
  }

  #greet({ channels: states, server, stream }: Hello): void {
    this.#loop.begun();
    this.#server = server;
    this.#asked = new Set(this.#names);
    this.#covered = this.#coveredNow;
    this.#hasId = false;
    this.#states = new Map(states.map((state) => [state.channel, state]));
    const covered = this.#loop.lastId === '' ? NO_RESUME.covered : this.#covered;
    const greeting = { server, stream, asked: this.#asked, states, covered, isMore: false };
    this.#parts.listener.onHello(greeting);
    this.#setState('live');
  }

  /**
   * The token or session has ended, and the server ends the stream. A stream that has only begun is
   * opened again after a pause: the next token may be at its end, too.
   */
  async #renew(): Promise<void> {
    const isNew = this.#loop.openMs < NEW_MS;
    await this.#parts.http.renew().catch(() => undefined);
    if (!isNew) this.#loop.restart();
  }

  #leftOut(channel: string, code: string): void {
    const error = new ParleyError(`The stream no longer has ${channel}.`, { status: 403, code });
    this.#parts.listener.onRefused(channel, error);
  }

  async #ended(error: ParleyError | undefined): Promise<void> {
    this.#setState(this.#names.length === 0 ? 'idle' : 'reconnecting');
    if (error?.isOfChannel) await this.#nameRefused(error);
    else if (error?.isOfToken || error?.isPassing === false) this.#parts.listener.onTrouble(error);
  }

  /** Names the channels for which a stream is refused. */
  async #nameRefused(error: ParleyError): Promise<void> {
    const { listener } = this.#parts;
    const names = this.#names;
    if (names.length === 1) return listener.onRefused(String(names[0]), error);
    const refusals: [string, ParleyError][] = [];
    for (let i = 0; i < names.length; i += PROBES)
      refusals.push(...(await this.#probe(names.slice(i, i + PROBES))));
    for (const [name, refusal] of refusals) listener.onRefused(name, refusal);
    if (refusals.length === 0) listener.onTrouble(error);
  }

  /** Asks for each channel by itself, and resolves with the refusals. */
  async #probe(names: readonly string[]): Promise<[string, ParleyError][]> {
    const probes = names.map(async (name): Promise<[string, ParleyError][]> => {
      try {
        const path = isPattern(name) ? '' : `/${encodeURIComponent(name)}/events`;
        await this.#parts.http.json(`/chat${path}?limit=1`);
        return [];
      } catch (error) {
        const refusal = error as ParleyError;
        // A renamed channel is followed once the stream has begun.
        const isRefused = refusal.isOfChannel && refusal.channel === undefined;
        return isRefused ? [[name, refusal]] : [];
      }
    });
    return (await Promise.all(probes)).flat();
  }

  #setState(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.listener.onState(state);
  }
}

function queryOf(names: readonly string[]): URLSearchParams {
  return new URLSearchParams(names.map((name) => ['channel', name]));
}

/** How many of the names, from the first one on, fit into one address. */
function countThatFits(names: readonly string[]): number {
  let bytes = 0;
  const last = names.findIndex((name) => {
    bytes += String(queryOf([name])).length + 1;
    return bytes > NAMES_BYTES;
  });
  return last < 0 ? names.length : last;
}

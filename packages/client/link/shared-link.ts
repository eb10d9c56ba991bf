import { ParleyError } from '../error.ts';
import type { Presence } from '../events.ts';
import { Gate } from '../gate.ts';
import { newKey } from '../outbox.ts';
import { DirectLink, type DirectLinkParts } from './direct-link.ts';
import { CHANNELS_MAX, type Link, type LinkListener, type LinkState } from './link.ts';
import type { TabNote } from './tab-note.ts';

/** A tab repeats what it wants; the leader forgets a tab that is silent (timers of hidden tabs are slow). */
const WANT_EVERY_MS = 30_000;
const FORGET_MS = 150_000;
/** After this silence of the leader a tab asks it, and takes the lead without an answer. */
const SILENCE_MS = 45_000;
const ANSWER_MS = 5_000;

/** True in a page whose tabs can share a connection: Web Locks need a secure context. */
export function canShare(): boolean {
  const isPage = 'document' in globalThis && typeof BroadcastChannel === 'function';
  return isPage && typeof navigator === 'object' && 'locks' in navigator;
}

/** Options of `navigator.locks.request` (Web Locks API). */
interface LockOptions {
  signal?: AbortSignal;
  steal?: boolean;
}

type Parts = Omit<DirectLinkParts, 'onBeat'>;

/**
 * A link that the tabs of a browser share. One of them, the leader, has the connection, for the
 * channels of all. The browser gives the lead to another tab when the leader is gone.
 */
export class SharedLink implements Link {
  readonly #parts: Parts;
  readonly #name: string;
  readonly #tab = newKey();
  readonly #tabs: BroadcastChannel;
  readonly #closed = new Gate();
  readonly #stop = new AbortController();
  readonly #repeat: ReturnType<typeof setInterval>;
  readonly #others = new Map<string, { names: readonly string[]; at: number }>();
  #names: readonly string[] = [];
  /** The names for which the shared connection has no room; this tab reads them by `#apart`. */
  readonly #unfit = new Set<string>();
  #apart: DirectLink | undefined;
  /** The connection, in the leader. */
  #direct: DirectLink | undefined;
  /** What the tab needs to go on as the leader. */
  #lastId = '';
  #covered: ReadonlySet<string> = new Set();
  #ofStream: ReadonlySet<string> = new Set();
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** The tabs with the same `name` share a connection. */
  constructor(name: string, parts: Parts) {
    this.#name = `parley ${name}`;
    this.#parts = parts;
    this.#tabs = new BroadcastChannel(this.#name);
    this.#tabs.onmessage = ({ data }) => this.#receive(data as TabNote);
    this.#repeat = setInterval(() => this.#sendWant(), WANT_EVERY_MS);
    void this.#waitForLead({ signal: this.#stop.signal });
    this.#alive();
  }

  want(names: readonly string[]): void {
    this.#names = names;
    this.#apart?.want(names.filter((name) => this.#unfit.has(name)));
    this.#sendWant();
    this.#sync();
  }

  close(): void {
    clearInterval(this.#repeat);
    clearTimeout(this.#silence);
    this.#stop.abort();
    this.#closed.open();
    this.#direct?.close();
    this.#direct = undefined;
    this.#apart?.close();
    this.#send({ type: 'bye', tab: this.#tab });
    this.#tabs.close();
  }

  async #waitForLead(options: LockOptions): Promise<void> {
    try {
      await navigator.locks.request(this.#name, options, () => {
        this.#lead();
        return this.#closed.opened;
      });
    } catch {
      // Another tab took the lead, or this one is closed.
      const { signal } = this.#stop;
      if (signal.aborted) return;
      this.#direct?.close();
      this.#direct = undefined;
      this.#alive();
      void this.#waitForLead({ signal });
    }
  }

  #lead(): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#silence);
    const resume = { lastId: this.#lastId, covered: this.#covered };
    const onBeat = () => this.#send({ type: 'beat' });
    this.#direct = new DirectLink({ ...this.#parts, listener: this.#passingOn(), onBeat }, resume);
    this.#send({ type: 'lead' });
    this.#sync();
  }

  /** Opens the stream of the channels that any tab wants. */
  #sync(): void {
    if (!this.#direct) return;
    const since = Date.now() - FORGET_MS;
    const names = new Set(this.#shared);
    for (const [tab, other] of this.#others) {
      if (other.at < since) this.#others.delete(tab);
      else {
        const unfit = other.names.filter((name) => !addTo(names, name));
        if (unfit.length > 0) this.#send({ type: 'full', to: tab, names: unfit });
      }
    }
    this.#direct.want([...names].sort());
  }

  /** The names that this tab reads by the shared connection. */
  get #shared(): string[] {
    return this.#names.filter((name) => !this.#unfit.has(name));
  }

  /** Reads channels by a connection of this tab alone. */
  #readApart(names: string[]): void {
    for (const name of names) this.#unfit.add(name);
    const { listener } = this.#parts;
    this.#apart ??= new DirectLink({
      ...this.#parts,
      // The state is that of the shared connection.
      listener: { ...listener, onState: () => undefined },
    });
    this.want(this.#names);
  }

  /** Sends what the connection brings to the other tabs, and to this one. */
  #passingOn(): LinkListener {
    const own = this.#parts.listener;
    return {
      onState: (state) => {
        this.#send({ type: 'state', state });
        own.onState(state);
      },
      onHello: (states, covered) => {
        this.#send({ type: 'hello', states, covered: [...covered] });
        own.onHello(states, covered);
      },
      onEvent: (event) => {
        this.#send({ type: 'event', event, id: this.#direct?.resume.lastId ?? '' });
        own.onEvent(event);
      },
      onSignal: (signal) => {
        this.#send({ type: 'signal', signal });
        own.onSignal(signal);
      },
      onPresence: (presence) => {
        this.#send({ type: 'presence', presence });
        own.onPresence(presence);
      },
      onReset: (reset, state) => {
        this.#send({ type: 'reset', reset, state });
        own.onReset(reset, state);
      },
      onRefused: (channel, error) => {
        const { message, status, code } = error;
        this.#send({ type: 'refused', channel, error: { message, status, code } });
        for (const other of this.#others.values()) {
          other.names = other.names.filter((name) => name !== channel);
        }
        own.onRefused(channel, error);
        this.#sync();
      },
    };
  }

  #receive(note: TabNote): void {
    if (note.type === 'want') this.#receiveWant(note.tab, note.names);
    else if (note.type === 'bye') {
      this.#others.delete(note.tab);
      this.#sync();
    } else if (!this.#direct) this.#receiveOfLeader(note);
  }

  #receiveWant(tab: string, names: readonly string[]): void {
    this.#others.set(tab, { names, at: Date.now() });
    if (!this.#direct) return;
    const { states } = this.#direct;
    const known = names.flatMap((name) => states.get(name) ?? []);
    this.#sync();
    this.#send({ type: 'heads', to: tab, states: known, state: this.#direct.state });
  }

  #receiveOfLeader(note: Exclude<TabNote, { type: 'want' | 'bye' }>): void {
    const { listener } = this.#parts;
    this.#alive();
    if (note.type === 'lead') this.#sendWant();
    else if (note.type === 'state') listener.onState(note.state);
    else if (note.type === 'hello') {
      this.#ofStream = new Set(note.states.map(({ channel }) => channel));
      listener.onHello(note.states, new Set(note.covered));
    } else if (note.type === 'heads') this.#receiveHeads(note);
    else if (note.type === 'full') {
      if (note.to === this.#tab) this.#readApart(note.names);
    } else if (note.type === 'event') {
      this.#lastId = note.id;
      this.#covered = this.#ofStream;
      listener.onEvent(note.event);
    } else if (note.type === 'signal') listener.onSignal(note.signal);
    else if (note.type === 'presence') listener.onPresence(note.presence);
    else if (note.type === 'reset') listener.onReset(note.reset, note.state);
    else if (note.type === 'refused') {
      listener.onRefused(note.channel, new ParleyError(note.error.message, note.error));
    }
  }

  #receiveHeads({ to, states, state }: { to: string; states: TabHeads; state: LinkState }): void {
    if (to !== this.#tab) return;
    const { listener, presence, http } = this.#parts;
    listener.onHello(states, new Set());
    listener.onState(state);
    if (!presence) return;
    // The whole presence came before this tab asked; the stream brings only changes.
    for (const { channel } of states) {
      const path = `/broadcast/${encodeURIComponent(channel)}/presence`;
      http.json<Presence>(path).then(listener.onPresence, () => undefined);
    }
  }

  #sendWant(): void {
    if (!this.#direct) this.#send({ type: 'want', tab: this.#tab, names: this.#shared });
  }

  #send(note: TabNote): void {
    this.#tabs.postMessage(note);
  }

  /** The leader is alive. After a silence this tab asks it, and then takes the lead. */
  #alive(): void {
    clearTimeout(this.#silence);
    if (this.#direct || this.#stop.signal.aborted) return;
    const { silenceMs = SILENCE_MS } = this.#parts;
    this.#silence = setTimeout(() => {
      this.#sendWant();
      this.#silence = setTimeout(() => this.#takeLead(), ANSWER_MS + Math.random() * ANSWER_MS);
    }, silenceMs);
  }

  #takeLead(): void {
    if (this.#direct || this.#stop.signal.aborted) return;
    void this.#waitForLead({ steal: true });
  }
}

/** Adds a name while there is room; false when there is none. */
function addTo(names: Set<string>, name: string): boolean {
  if (names.size < CHANNELS_MAX) names.add(name);
  return names.has(name);
}

type TabHeads = Extract<TabNote, { type: 'heads' }>['states'];

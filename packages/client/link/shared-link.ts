import { ParleyError } from '../error.ts';
import type { Presence } from '../events.ts';
import { newKey } from '../outbox.ts';
import { isPattern, openMatch } from '../pattern-match.ts';
import { DirectLink, type DirectLinkParts } from './direct-link.ts';
import { CHANNELS_MAX, type Link, type LinkListener, NO_RESUME, type ResumePoint } from './link.ts';
import { AnnouncedLead, LockedLead, type Locks, type TabLead } from './tab-lead.ts';
import type { NoteOfLeader, NoteToLeader, TabNote } from './tab-note.ts';

/** A tab repeats what it wants; the leader forgets a tab that is silent (timers of hidden tabs are slow). */
const WANT_EVERY_MS = 30_000;
const FORGET_MS = 150_000;
/** After this silence of the leader a tab asks it, and takes the lead without an answer. */
const SILENCE_MS = 45_000;
const ANSWER_MS = 5_000;
/** Without Web Locks a new tab waits this long for a leader. */
const FIRST_ANSWER_MS = 250;

/** True in a page whose tabs can share a connection. */
export function canShare(): boolean {
  return 'document' in globalThis && typeof BroadcastChannel === 'function';
}

/** The browser's locks; undefined in an insecure context. */
function webLocks(): Locks | undefined {
  return (globalThis.navigator as { locks?: Locks } | undefined)?.locks;
}

type Parts = Omit<DirectLinkParts, 'onBeat'>;

/**
 * A link that the tabs of a browser share. One of them, the leader, has the connection, for the
 * channels of all. When the leader is gone, another tab leads and goes on at the same position.
 */
export class SharedLink implements Link {
  readonly #parts: Parts;
  readonly #name: string;
  readonly #tab = newKey();
  readonly #tabs: BroadcastChannel;
  readonly #repeat: ReturnType<typeof setInterval>;
  readonly #others = new Map<string, { names: readonly string[]; at: number }>();
  #names: readonly string[] = [];
  /** The names for which the shared connection has no space; this tab reads them by `#apart`. */
  readonly #unfit = new Set<string>();
  #apart: DirectLink | undefined;
  /** Undefined while this tab rests. */
  #lead: TabLead | undefined;
  /** The connection, in the leader. */
  #direct: DirectLink | undefined;
  /** Why the leader has no connection; undefined when it has one. */
  #trouble: Extract<TabNote, { type: 'trouble' }> | undefined;
  /** Where this tab resumes as the leader. */
  #resume: ResumePoint = NO_RESUME;
  /** The begin of the leader's present stream. */
  #begun: Pick<ResumePoint, 'asked' | 'covered'> = NO_RESUME;
  #silence: ReturnType<typeof setTimeout> | undefined;
  /** What the leader has told this tab the state of. */
  readonly #known = new Set<string>();

  /** The tabs with the same `name` share a connection. */
  constructor(name: string, parts: Parts) {
    this.#name = `parley ${name}`;
    this.#parts = parts;
    this.#tabs = new BroadcastChannel(this.#name);
    this.#tabs.onmessage = ({ data }) => this.#receive(data as TabNote);
    this.#repeat = setInterval(() => this.#sendWant(), WANT_EVERY_MS);
    this.wake();
  }

  want(names: readonly string[]): void {
    this.#names = names;
    for (const name of this.#known) if (!names.includes(name)) this.#known.delete(name);
    this.#apart?.want(names.filter((name) => this.#unfit.has(name)));
    this.#sendWant();
    this.#sync();
  }

  reopen(): void {
    this.#direct?.reopen();
    this.#apart?.reopen();
  }

  doubt(): void {
    this.#apart?.doubt();
    if (this.#direct) this.#direct.doubt();
    else this.#send({ type: 'doubt' });
  }

  rest(): void {
    if (!this.#lead) return;
    clearTimeout(this.#silence);
    const led = this.#direct !== undefined;
    this.#yield();
    this.#lead.close();
    this.#lead = undefined;
    this.#send({ type: 'bye', tab: this.#tab, led });
  }

  wake(): void {
    if (this.#lead) return;
    this.#known.clear();
    const locks = webLocks();
    const listener = { onLead: () => this.#begin(), onLost: () => this.#lose() };
    this.#lead = locks
      ? new LockedLead(this.#name, listener, locks)
      : new AnnouncedLead(this.#tab, listener, () => this.#announce());
    this.#ask(locks ? ANSWER_MS : FIRST_ANSWER_MS);
  }

  close(): void {
    clearInterval(this.#repeat);
    this.rest();
    this.#apart?.close();
    this.#tabs.close();
  }

  /** Begins to lead. */
  #begin(): void {
    clearTimeout(this.#silence);
    this.#trouble = undefined;
    const onBeat = () => this.#send({ type: 'beat' });
    const parts = { ...this.#parts, listener: this.#passingOn(), onBeat };
    this.#direct = new DirectLink(parts, this.#resume);
    this.#announce();
    this.#sync();
  }

  #announce(): void {
    this.#send({ type: 'lead', tab: this.#tab });
  }

  #yield(): void {
    if (!this.#direct) return;
    this.#resume = this.#direct.resume;
    this.#direct.close();
    this.#direct = undefined;
  }

  #lose(): void {
    this.#yield();
    this.#known.clear();
    this.#alive();
    this.#sendWant();
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
        if (state === 'live') this.#trouble = undefined;
        this.#send({ type: 'state', state });
        own.onState(state);
      },
      onHello: (greeting) => {
        const { server, asked, states, covered, isMore } = greeting;
        this.#send({
          type: 'hello',
          server,
          asked: [...asked],
          states,
          covered: [...covered],
          isMore,
        });
        own.onHello(greeting);
      },
      onEvent: (event) => {
        this.#send({ type: 'event', event, id: this.#direct?.lastId ?? '' });
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
      onRead: (position) => {
        this.#send({ type: 'read', position });
        own.onRead(position);
      },
      onMute: (mute) => {
        this.#send({ type: 'mute', mute });
        own.onMute(mute);
      },
      onReset: (reset, state) => {
        this.#send({ type: 'reset', reset, state });
        own.onReset(reset, state);
      },
      onTrouble: (error) => {
        const { message, status, code } = error;
        this.#trouble = { type: 'trouble', error: { message, status, code } };
        this.#send(this.#trouble);
        own.onTrouble(error);
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
    if (note.type === 'want' || note.type === 'bye' || note.type === 'doubt') {
      this.#receiveOfTab(note);
    } else {
      if (note.type === 'lead') this.#lead?.heard(note.tab);
      if (!this.#direct) this.#receiveOfLeader(note);
    }
  }

  #receiveOfTab(note: NoteToLeader): void {
    if (note.type === 'want') this.#receiveWant(note.tab, note.names);
    else if (note.type === 'doubt') this.#direct?.doubt();
    else {
      this.#others.delete(note.tab);
      this.#sync();
      // With Web Locks the browser gives the lead to another tab.
      if (note.led && !webLocks() && this.#lead) this.#ask(Math.random() * FIRST_ANSWER_MS);
    }
  }

  #receiveWant(tab: string, names: readonly string[]): void {
    this.#others.set(tab, { names, at: Date.now() });
    const direct = this.#direct;
    if (!direct) return;
    const { server, state } = direct;
    // Before its hello the connection knows no channel.
    const asked = names.filter((name) => server && direct.asked.has(name));
    const matches = asked.map(openMatch);
    const states = [...direct.states.values()].filter(({ channel }) =>
      matches.some((has) => has(channel)),
    );
    this.#sync();
    this.#send({ type: 'heads', to: tab, server, asked, states, state });
    if (this.#trouble) this.#send(this.#trouble);
  }

  #receiveOfLeader(note: NoteOfLeader): void {
    const { listener } = this.#parts;
    this.#alive();
    if (note.type === 'lead') this.#sendWant();
    else if (note.type === 'state') listener.onState(note.state);
    else if (note.type === 'hello') {
      const [asked, covered] = [new Set(note.asked), new Set(note.covered)];
      for (const name of this.#names) if (asked.has(name)) this.#known.add(name);
      const channels = new Set(note.states.map(({ channel }) => channel));
      if (!note.isMore) this.#begun = { asked, covered: channels };
      listener.onHello({ ...note, stream: undefined, asked, covered });
    } else if (note.type === 'heads') this.#receiveHeads(note);
    else if (note.type === 'full') {
      if (note.to === this.#tab) this.#readApart(note.names);
    } else if (note.type === 'event') {
      // The id is that of the first stream, and the event may be of another one.
      if (note.id !== this.#resume.lastId) this.#resume = { lastId: note.id, ...this.#begun };
      listener.onEvent(note.event);
    } else if (note.type === 'signal') listener.onSignal(note.signal);
    else if (note.type === 'presence') listener.onPresence(note.presence);
    else if (note.type === 'read') listener.onRead(note.position);
    else if (note.type === 'mute') listener.onMute(note.mute);
    else if (note.type === 'reset') listener.onReset(note.reset, note.state);
    else if (note.type === 'trouble') {
      listener.onTrouble(new ParleyError(note.error.message, note.error));
    } else if (note.type === 'refused') {
      listener.onRefused(note.channel, new ParleyError(note.error.message, note.error));
    }
  }

  #receiveHeads({ to, asked, state, ...begun }: Extract<TabNote, { type: 'heads' }>): void {
    const { listener, presence, http } = this.#parts;
    const names = this.#names.filter((name) => asked.includes(name) && !this.#known.has(name));
    if (to !== this.#tab) return;
    if (names.length > 0) {
      const covered = NO_RESUME.covered;
      const more = { stream: undefined, asked: new Set(names), covered, isMore: false };
      listener.onHello({ ...begun, ...more });
    }
    listener.onState(state);
    for (const name of names) {
      this.#known.add(name);
      if (!presence || isPattern(name)) continue;
      // The whole presence came before this tab asked; the stream brings only changes.
      const path = `/broadcast/${encodeURIComponent(name)}/presence`;
      http.json<Presence>(path).then(listener.onPresence, () => this.#known.delete(name));
    }
  }

  /** A tab that rests wants nothing. */
  #sendWant(): void {
    if (this.#lead && !this.#direct)
      this.#send({ type: 'want', tab: this.#tab, names: this.#shared });
  }

  #send(note: TabNote): void {
    this.#tabs.postMessage(note);
  }

  /** The leader is alive. After a silence this tab asks it. */
  #alive(): void {
    clearTimeout(this.#silence);
    if (this.#direct || !this.#lead) return;
    const { silenceMs = SILENCE_MS } = this.#parts;
    this.#silence = setTimeout(() => this.#ask(ANSWER_MS), silenceMs);
  }

  /** Asks the leader, and takes the lead without an answer. */
  #ask(answerMs: number): void {
    clearTimeout(this.#silence);
    this.#sendWant();
    this.#silence = setTimeout(
      () => {
        this.#alive();
        this.#lead?.take();
      },
      answerMs * (1 + Math.random()),
    );
  }
}

/** Adds a name while there is space; false when there is none. */
function addTo(names: Set<string>, name: string): boolean {
  if (names.size < CHANNELS_MAX) names.add(name);
  return names.has(name);
}

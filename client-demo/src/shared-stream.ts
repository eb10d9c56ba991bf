import type { Hello } from '@parley/contract/sse.ts';
import {
  ChannelStream,
  type StreamListener,
  type StreamOptions,
  type StreamStatus,
} from './channel-stream.ts';
import { FollowedStream, type ReadableLog } from './followed-stream.ts';
import type { Presence } from './presence.ts';
import type { Standing } from './standing.ts';
import { LockedLead, SpokenLead, type TabLead } from './tab-lead.ts';
import type { LeadNote, SharedState, TabNote, TabNotes } from './tab-note.ts';

/** How long a leader may be silent, and how long it has for an answer when asked, in milliseconds. */
export interface LeadPatience {
  silenceMs: number;
  answerMs: number;
}

/** What a shared stream is made of; `locks` is absent where the browser has none. */
export interface SharedOptions extends StreamOptions {
  log: ReadableLog;
  notes: TabNotes;
  locks: LockManager | undefined;
  patience?: LeadPatience;
}

/** The name that the tabs of a channel know their notes and their lock by. */
export function sharedStreamName(channel: string): string {
  return `parley.stream.${channel}`;
}

/**
 * A channel's stream that all tabs of a browser share, since a browser opens six connections to a
 * host at most: one tab leads and holds the EventSource, the others are told by it. When the leader
 * is gone another goes on from the last event that it was told. Close it with `close()`.
 */
export class SharedStream {
  readonly #options: SharedOptions;
  readonly #patience: LeadPatience;
  readonly #notes: TabNotes;
  readonly #listener: StreamListener;
  #lead: TabLead | undefined;
  #stream: ChannelStream | undefined;
  #followed: FollowedStream | undefined;
  #standing: Standing | undefined;
  #status: StreamStatus = { state: 'connecting' };
  #hello: Hello | undefined;
  #presence: Presence | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SharedOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#notes = options.notes;
    this.#patience = options.patience ?? { silenceMs: 20_000, answerMs: 5000 };
    this.#notes.addEventListener('message', ({ data }) => this.#hear(data));
    this.#follow();
    this.wake();
  }

  /** Whether this tab holds the connection. */
  get leads(): boolean {
    return this.#stream !== undefined;
  }

  /** Ends a wait between attempts, for example since the network is back. */
  retryNow(): void {
    this.#stream?.retryNow();
  }

  /** Opens the connection anew where it is, if it is this tab's. */
  reopen(): void {
    this.#stream?.reopen();
  }

  /** Leaves the lead to others, since the browser is about to freeze this tab. */
  rest(): void {
    clearTimeout(this.#timer);
    if (this.#stream) this.#yield();
    this.#lead?.close();
    this.#lead = undefined;
  }

  /** Is ready to lead (again). */
  wake(): void {
    if (this.#lead) return;
    const { channel, locks } = this.#options;
    const listener = { onLead: () => this.#open(), onLost: () => this.#lose() };
    this.#lead = locks
      ? new LockedLead(sharedStreamName(channel), listener, locks)
      : new SpokenLead(listener, (note) => this.#say(note));
    this.#ask(locks ? this.#patience.answerMs : this.#patience.answerMs / 20);
  }

  close(): void {
    this.rest();
    this.#followed?.close();
    this.#notes.close();
  }

  #follow(): void {
    const { log, last = 50, retry = { minMs: 1000, maxMs: 15_000 } } = this.#options;
    this.#followed = new FollowedStream(
      { log, last, retry, listener: this.#listener },
      this.#standing,
    );
  }

  /** Begins to lead, from where this tab stands. */
  #open(): void {
    clearTimeout(this.#timer);
    this.#standing = this.#followed?.standing;
    this.#followed?.close();
    this.#followed = undefined;
    const from = this.#standing;
    this.#stream = new ChannelStream({ ...this.#options, from, listener: this.#relay() });
    this.#sayState();
  }

  #yield(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#follow();
  }

  #lose(): void {
    this.#yield();
    this.#ask(this.#patience.answerMs);
  }

  /** What the leading tab's own stream tells goes to its page and to the other tabs. */
  #relay(): StreamListener {
    return {
      onEvent: (event) => {
        this.#standing = { epoch: event.epoch, seq: event.seq };
        this.#listener.onEvent(event);
        this.#say({ type: 'event', event });
      },
      onHello: (hello) => {
        if (hello.head === 0) this.#standing = { epoch: hello.epoch, seq: 0 };
        this.#greet(hello);
      },
      onStatus: (status) => {
        this.#tellStatus(status);
        this.#sayState();
      },
      onPresence: (presence) => {
        this.#tellPresence(presence);
        this.#sayState();
      },
      onRestart: () => {
        this.#standing = undefined;
        this.#listener.onRestart();
        this.#say({ type: 'restart' });
      },
      onRefused: () => {
        this.#listener.onRefused();
        this.#say({ type: 'refused' });
      },
      onExpired: () => this.#listener.onExpired(),
    };
  }

  #say(note: TabNote): void {
    this.#notes.postMessage(note);
  }

  #sayState(): void {
    this.#say({
      type: 'state',
      status: this.#status,
      hello: this.#hello && helloAt(this.#hello, this.#standing),
      presence: this.#presence,
      standing: this.#standing,
    });
  }

  #hear(note: TabNote): void {
    if (note.type === 'lead' || note.type === 'leave') this.#hearOfLead(note);
    else if (this.#stream === undefined) this.#hearLeader(note);
    else if (note.type === 'ask') this.#sayState();
  }

  #hearLeader(note: Exclude<TabNote, LeadNote>): void {
    if (note.type === 'ask') return;
    this.#listen(this.#patience.silenceMs);
    if (note.type === 'state') this.#adopt(note);
    else if (note.type === 'event') this.#followed?.take(note.event);
    else if (note.type === 'restart') this.#followed?.restart();
    else this.#listener.onRefused();
  }

  #hearOfLead(note: LeadNote): void {
    this.#lead?.hear(note);
    if (this.#stream) return;
    if (note.type === 'lead') this.#listen(this.#patience.silenceMs);
    else this.#ask(0);
  }

  #adopt({ hello, presence, status, standing }: SharedState): void {
    if (hello) this.#greet(hello);
    if (presence) this.#tellPresence(presence);
    this.#tellStatus(this.#asFollower(status));
    if (standing) this.#followed?.reach(standing);
  }

  /** What was resumed before this tab followed was not missed by it. */
  #asFollower(status: StreamStatus): StreamStatus {
    if (status.state !== 'resumed' || this.#status.state === 'reconnecting') return status;
    return this.#status.state === 'resumed' ? this.#status : { state: 'live' };
  }

  #greet(hello: Hello): void {
    this.#hello = hello;
    this.#listener.onHello(hello);
  }

  #tellStatus(status: StreamStatus): void {
    this.#status = status;
    this.#listener.onStatus(status);
  }

  #tellPresence(presence: Presence): void {
    this.#presence = presence;
    this.#listener.onPresence(presence);
  }

  /** A leader that says nothing for so long is asked whether it is there. */
  #listen(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(this.#patience.answerMs), ms);
  }

  /** A leader that does not answer is frozen, or its browser lost it: this tab takes its place. */
  #ask(ms: number): void {
    clearTimeout(this.#timer);
    this.#say({ type: 'ask' });
    const jitterMs = this.#patience.answerMs * 0.2 * Math.random();
    this.#timer = setTimeout(() => this.#take(), ms + jitterMs);
  }

  #take(): void {
    this.#listen(this.#patience.silenceMs);
    this.#lead?.take();
  }
}

/** A greeting from a while ago, as it would be now. */
function helloAt(hello: Hello, standing: Standing | undefined): Hello {
  if (!standing || standing.seq < hello.head) return hello;
  return { ...hello, epoch: standing.epoch, head: standing.seq };
}

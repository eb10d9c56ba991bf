import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { Position } from '../history/position.ts';
import { ChannelStream, type StreamListener, type StreamOptions } from './channel-stream.ts';
import { FollowerStream, type ReadableLog } from './follower-stream.ts';
import { KnownState } from './known-state.ts';
import { type LeadPatience, LeadWatch } from './lead-watch.ts';
import { type BudgetNotes, StreamBudget } from './stream-budget.ts';
import { AnnouncedLead, LockedLead, type TabLead } from './tab-lead.ts';
import type { FollowerNote, LeadNote, SharedState, TabNote, TabNotes } from './tab-note.ts';

/** What a shared stream needs; `locks` is undefined in a browser without Web Locks. */
export interface SharedOptions extends StreamOptions {
  log: ReadableLog;
  notes: TabNotes;
  locks: LockManager | undefined;
  patience?: LeadPatience;
  /** How tabs share the browser's connections; undefined if there are enough. */
  budgetNotes?: BudgetNotes | undefined;
}

/** The name of the tabs' BroadcastChannel and lock for a channel. */
export function sharedStreamName(channel: string): string {
  return `parley.stream.${channel}`;
}

/**
 * The stream of a channel, shared by all tabs of a browser, because a browser opens at most six
 * connections to a host. The leader tab holds the EventSource and sends its events to the follower
 * tabs. When the leader is gone, a follower continues from the last event that it received. Close
 * it with `close()`.
 */
export class SharedStream {
  readonly #options: SharedOptions;
  readonly #patience: LeadPatience;
  readonly #notes: TabNotes;
  readonly #listener: StreamListener;
  readonly #known: KnownState;
  readonly #watch: LeadWatch;
  readonly #budget: StreamBudget | undefined;
  #lead: TabLead | undefined;
  #stream: ChannelStream | undefined;
  #followed: FollowerStream | undefined;
  #position: Position | undefined;
  #shown = true;

  constructor(options: SharedOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#known = new KnownState(options.listener);
    this.#notes = options.notes;
    this.#patience = options.patience ?? { silenceMs: 20_000, answerMs: 5000 };
    this.#watch = new LeadWatch(this.#patience, {
      ask: () => this.#publish({ type: 'ask' }),
      take: () => this.#lead?.take(),
    });
    const { budgetNotes } = options;
    this.#budget =
      budgetNotes && new StreamBudget(budgetNotes, (granted) => this.#stream?.park(!granted));
    this.#notes.addEventListener('message', ({ data }) => this.#receive(data));
    this.#follow();
    this.wake();
  }

  /** Whether this tab holds the connection. */
  get leads(): boolean {
    return this.#stream !== undefined;
  }

  /** Opens a new connection at the same position, if this tab holds the connection. */
  reopen(): void {
    this.#stream?.reopen();
  }

  /** Opens a new connection because the network has changed, if this tab holds the connection. */
  networkChanged(): void {
    this.#stream?.networkChanged();
  }

  /** The log has an event at this position. A connection that does not bring it is dead. */
  expect(position: Position): void {
    if (this.#stream) this.#stream.expect(position);
    else this.#publish({ type: 'expect', position });
  }

  /** Compares the stream with the log, for example after the page was asleep. */
  look(): void {
    if (this.#stream) void this.#stream.look();
    else this.#publish({ type: 'look' });
  }

  /** The reader turns to this tab or away from it. The tabs in use hold the connections. */
  used(shown: boolean): void {
    this.#shown = shown;
    this.#budget?.used(shown);
  }

  /** Leaves the lead to other tabs, because the browser is about to freeze this one. */
  rest(): void {
    this.#watch.stop();
    if (this.#stream) this.#yield();
    this.#lead?.close();
    this.#lead = undefined;
  }

  /** Makes this tab ready to lead (again). */
  wake(): void {
    if (this.#lead) return;
    const { channel, locks } = this.#options;
    const listener = { onLead: () => this.#open(), onLost: () => this.#lose() };
    this.#lead = locks
      ? new LockedLead(sharedStreamName(channel), listener, locks)
      : new AnnouncedLead(listener, (note) => this.#publish(note));
    this.#watch.ask(locks ? this.#patience.answerMs : this.#patience.answerMs / 20);
  }

  close(): void {
    this.rest();
    this.#budget?.close();
    this.#followed?.close();
    this.#notes.close();
  }

  #follow(): void {
    const { log, last = 50, retry = { minMs: 1000, maxMs: 15_000 } } = this.#options;
    const listener = {
      onEvent: (event: ChatEvent) => this.#known.event(event),
      onRestart: () => this.#listener.onRestart(),
    };
    this.#followed = new FollowerStream({ log, last, retry, listener }, this.#position);
  }

  /** Begins to lead, from this tab's position. */
  #open(): void {
    this.#watch.stop();
    this.#position = this.#followed?.position;
    this.#followed?.close();
    this.#followed = undefined;
    const from = this.#position;
    const { log } = this.#options;
    this.#stream = new ChannelStream({
      ...this.#options,
      from,
      readAfter: (seq, limit) => log.after(seq, limit),
      listener: this.#relay(),
    });
    this.#budget?.claim(this.#shown);
    this.#publishState();
  }

  #yield(): void {
    this.#budget?.release();
    this.#stream?.close();
    this.#stream = undefined;
    this.#follow();
  }

  #lose(): void {
    this.#yield();
    this.#watch.ask();
  }

  /** Passes what the leader tab's stream receives to its page and to the other tabs. */
  #relay(): StreamListener {
    return {
      onEvent: (event) => {
        this.#position = { epoch: event.epoch, seq: event.seq };
        this.#known.event(event);
        this.#publish({ type: 'event', event });
      },
      onHello: (hello) => {
        if (hello.head === 0) this.#position = { epoch: hello.epoch, seq: 0 };
        this.#known.greet(hello);
      },
      onStatus: (status) => {
        this.#known.status(status);
        this.#publishState();
      },
      onPresence: (presence) => {
        this.#known.presence(presence);
        this.#publishState();
      },
      onRestart: () => {
        this.#position = undefined;
        this.#listener.onRestart();
        this.#publish({ type: 'restart' });
      },
      onRefused: () => {
        this.#listener.onRefused();
        this.#publish({ type: 'refused' });
      },
      onExpired: () => this.#listener.onExpired(),
    };
  }

  #publish(note: TabNote): void {
    this.#notes.postMessage(note);
  }

  #publishState(): void {
    this.#publish({ type: 'state', ...this.#known.stateAt(this.#position) });
  }

  #receive(note: TabNote): void {
    if (note.type === 'lead' || note.type === 'leave') this.#receiveLeadNote(note);
    else if (note.type === 'ask' || note.type === 'look' || note.type === 'expect') {
      if (this.#stream) this.#answerFollower(note, this.#stream);
    } else if (this.#stream === undefined) this.#receiveFromLeader(note);
  }

  #answerFollower(note: FollowerNote, stream: ChannelStream): void {
    if (note.type === 'ask') this.#publishState();
    else if (note.type === 'look') void stream.look();
    else stream.expect(note.position);
  }

  #receiveFromLeader(note: Exclude<TabNote, LeadNote | FollowerNote>): void {
    this.#watch.alive();
    if (note.type === 'state') this.#adopt(note);
    else if (note.type === 'event') this.#followed?.receive(note.event);
    else if (note.type === 'restart') this.#followed?.restart();
    else this.#listener.onRefused();
  }

  #receiveLeadNote(note: LeadNote): void {
    this.#lead?.receive(note);
    if (this.#stream) return;
    if (note.type === 'lead') this.#watch.alive();
    else this.#watch.ask(0);
  }

  #adopt(state: SharedState): void {
    this.#known.adopt(state);
    if (state.position) this.#followed?.reach(state.position);
  }
}

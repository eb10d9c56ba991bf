import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { HookMetrics } from '../metrics.ts';
import type { Hook, HookStore } from '../store/store.ts';
import { FormerUnderWay, type RunEnd, type RunParts, runChannel } from './channel-run.ts';
import type { Connections } from './connections.ts';
import { type DueEvent, openKindMatch } from './due-events.ts';
import { CHANNELS_AT_ONCE, type HookLog, type LogClients, openHookLog } from './hook-log.ts';
import { LeaseLost, SavedPositions } from './saved-positions.ts';
import { type Outcome, send } from './send.ts';
import { sign } from './sign.ts';

/** After a failure of the log or the store. */
const FAULT_PAUSE_MS = 2_000;
/** While a renamed channel is delivered under its former name. */
const FORMER_PAUSE_MS = 200;

export interface DeliveryParts {
  store: HookStore;
  chat: LogClients;
  connections: Connections;
  metrics: HookMetrics;
  holder: string;
  /** Resolves when the next request may begin. */
  turn: () => Promise<void>;
  /** False when another replica may have the lease. */
  mayDeliver: () => boolean;
  /** Called for a failure of the log or the store. */
  onFault: (error: unknown) => void;
  clock: () => number;
  retryMs: number;
}

/**
 * Delivers the events of one hook. Channels with events wait for their turn; those whose receiver does
 * not accept their next event wait for its next try.
 */
export class HookDelivery {
  readonly hook: Hook;
  readonly log: HookLog;
  readonly #parts: DeliveryParts;
  readonly #run: RunParts;
  readonly #url: URL;
  readonly #ready = new Set<string>();
  /** Channels under way, with true when they were woken meanwhile. */
  readonly #busy = new Map<string, boolean>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  /** When the event of each channel that is next was stored, as far as it is known. */
  readonly #behind = new Map<string, number>();
  /** Ends the requests under way. */
  readonly #abort = new AbortController();
  #stopping = false;
  #stopped = Promise.withResolvers<void>();

  constructor(hook: Hook, parts: DeliveryParts) {
    this.hook = hook;
    this.log = openHookLog(parts.chat, hook);
    this.#parts = parts;
    this.#url = new URL(hook.url);
    this.#run = {
      ...parts,
      hook,
      log: this.log,
      saved: new SavedPositions(parts.store, { hookId: hook.id, holder: parts.holder }),
      wants: openKindMatch(hook.kinds),
      onNext: (channel, storedAt) => void this.#behind.set(channel, storedAt),
      isUnderWay: (channel) => this.#busy.has(channel),
      post: (event) => this.#post(event),
    };
  }

  /** A channel may have events after its position. */
  wake(channel: string): void {
    if (this.#stopping || this.#waiting.has(channel)) return;
    if (!this.#behind.has(channel)) this.#behind.set(channel, this.#parts.clock());
    if (this.#busy.has(channel)) this.#busy.set(channel, true);
    else this.#ready.add(channel);
    this.#next();
  }

  /** An event was stored. One that the hook does not want moves its position with the next one. */
  notice(event: ChatEvent): void {
    if (this.log.matches(event.channel) && this.#run.wants(event)) this.wake(event.channel);
  }

  /** When the oldest event was stored that waits, as far as it is known, in ms since 1970. */
  get oldestMs(): number | undefined {
    let oldest: number | undefined;
    for (const at of this.#behind.values()) oldest = Math.min(oldest ?? at, at);
    return oldest;
  }

  /** Begins no request any more. Resolves when those under way have ended, which takes at most `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    this.#ready.clear();
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    if (this.#busy.size === 0) return;
    const limit = setTimeout(() => this.#abort.abort(), limitMs);
    await this.#stopped.promise;
    clearTimeout(limit);
  }

  #next(): void {
    for (const channel of this.#ready) {
      if (this.#busy.size >= CHANNELS_AT_ONCE) return;
      this.#ready.delete(channel);
      this.#busy.set(channel, false);
      void this.#deliver(channel);
    }
  }

  async #deliver(channel: string): Promise<void> {
    const end = await this.#runOnce(channel);
    const woken = this.#busy.get(channel) === true;
    this.#busy.delete(channel);
    if (this.#stopping) {
      if (this.#busy.size === 0) this.#stopped.resolve();
    } else if ('retryAt' in end) {
      this.#wait(channel, end.retryAt - this.#parts.clock());
    } else if (end.more || woken) {
      // Behind the other channels, so that one with many events does not hold them up.
      this.#ready.add(channel);
    } else {
      this.#behind.delete(channel);
    }
    this.#next();
  }

  async #runOnce(channel: string): Promise<Exclude<RunEnd, 'ended'>> {
    try {
      const end = await runChannel(channel, this.#run);
      if (end !== 'ended') return end;
      this.#stopping = true;
      this.#ready.clear();
      return { more: false };
    } catch (error) {
      if (error instanceof FormerUnderWay)
        return { retryAt: this.#parts.clock() + FORMER_PAUSE_MS };
      // What the receiver has is kept even where it cannot get more.
      await this.#run.saved.flush().catch(() => undefined);
      if (!(error instanceof LeaseLost)) this.#parts.onFault(error);
      return { retryAt: this.#parts.clock() + FAULT_PAUSE_MS };
    }
  }

  #wait(channel: string, ms: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(channel);
      this.wake(channel);
    }, ms);
    this.#waiting.set(channel, timer);
  }

  /** @throws LeaseLost when another may have the lease, and when the delivery stops */
  async #post({ id, body }: DueEvent): Promise<Outcome> {
    const { mayDeliver, clock, connections, turn } = this.#parts;
    await turn();
    if (this.#stopping || !mayDeliver()) throw new LeaseLost();
    const headers = sign(body, { id, at: clock(), secret: this.hook.secret });
    const { signal } = this.#abort;
    const outcome = await send({ url: this.#url, body, headers, signal }, connections);
    if (outcome.result === 'failed' && signal.aborted) throw new LeaseLost();
    return outcome;
  }
}

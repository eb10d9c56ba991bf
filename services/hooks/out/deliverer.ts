import { randomUUID } from 'node:crypto';
import { eventsTopic, type Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import type { HookMetrics } from '../metrics.ts';
import { type Hook, type HookStore, LEASE_MS } from '../store/store.ts';
import { comparePositions } from './compare-positions.ts';
import type { Connections } from './connections.ts';
import { HookDelivery } from './hook-delivery.ts';
import type { LogClients } from './hook-log.ts';
import { openTurns } from './turns.ts';

/** Several renewals may fail before a lease ends. */
const RENEW_MS = LEASE_MS / 4;
/** The bus says which channel has a new event. Comparing finds what it lost. */
const COMPARE_MS = 30_000;
/** After a comparison that failed. */
const COMPARE_AGAIN_MS = 2_000;
/** Where comparing takes long, the pause between two is this many times as long. */
const PAUSE_FACTOR = 20;
/** How long requests under way may take at a planned stop. */
const STOP_MS = 5_000;
/** Failures of the log or the store are logged this often. */
const REPORT_MS = 60_000;
const SIDES: Side[] = ['public', 'private'];

export interface DelivererParts {
  store: HookStore;
  chat: LogClients;
  connections: Connections;
  /** By which new events are noticed. */
  bus: Bus;
  metrics: HookMetrics;
  log: Log;
  clock: () => number;
  retryMs: number;
}

/** Delivers the hooks that this process has the lease for. */
export class Deliverer implements AsyncDisposable {
  readonly #parts: DelivererParts;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  /** By the ids of the hooks. */
  readonly #deliveries = new Map<string, HookDelivery>();
  readonly #turn = openTurns();
  #holder: string = randomUUID();
  /** When the last renewal began. */
  #heldFromMs = Number.NEGATIVE_INFINITY;
  #wake = Promise.withResolvers<void>();
  #comparing: Promise<void> | undefined;
  #compareAtMs = 0;
  #subscribed = false;
  #reportAtMs = 0;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
    parts.metrics.readOldest(() => this.#oldest());
    parts.bus.onLink((connected) => connected && this.#compareSoon());
    this.#loop = repeat(() => this.#renew(), {
      signal: this.#stop.signal,
      pauseMs: RENEW_MS,
      pauseFrom: 'start',
      wake: () => this.#wake.promise,
      onFailure: (error) => this.#fault(error),
    });
  }

  /** Hooks have changed. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Ends the deliveries in order and gives the leases back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#endAll(STOP_MS);
    await this.#comparing;
    this.#follow(false);
    await this.#parts.store.release(this.#holder).catch((error) => this.#fault(error));
    this.#parts.connections[Symbol.dispose]();
  }

  async #renew(): Promise<void> {
    this.#wake = Promise.withResolvers();
    const begunMs = performance.now();
    const hooks = await this.#parts.store.hold(this.#holder);
    if (this.#deliveries.size > 0 && !this.#mayDeliver()) {
      // Another process may have had the leases meanwhile. What is still under way here is refused by the
      // store under another name.
      await this.#endAll(0);
      await this.#parts.store.release(this.#holder);
      this.#holder = randomUUID();
      this.#heldFromMs = Number.NEGATIVE_INFINITY;
      this.wake();
      return;
    }
    this.#heldFromMs = begunMs;
    if (await this.#change(hooks)) this.#compareSoon();
    this.#follow(this.#deliveries.size > 0);
    if (this.#deliveries.size > 0 && performance.now() >= this.#compareAtMs) this.#compare();
  }

  /** Ends deliveries of hooks that are changed or not held, and begins others. True: some have begun. */
  async #change(hooks: Hook[]): Promise<boolean> {
    const held = new Map(hooks.map((hook) => [hook.id, hook]));
    const ended = [...this.#deliveries].filter(
      ([id, { hook }]) => held.get(id)?.version !== hook.version,
    );
    for (const [id] of ended) this.#deliveries.delete(id);
    await Promise.all(ended.map(([, delivery]) => delivery.stop(0)));
    const begun = hooks.filter(({ id }) => !this.#deliveries.has(id));
    const parts = {
      ...this.#parts,
      holder: this.#holder,
      turn: this.#turn,
      mayDeliver: () => this.#mayDeliver(),
      onFault: (error: unknown) => this.#fault(error),
    };
    for (const hook of begun) this.#deliveries.set(hook.id, new HookDelivery(hook, parts));
    return begun.length > 0;
  }

  async #endAll(limitMs: number): Promise<void> {
    const deliveries = [...this.#deliveries.values()];
    this.#deliveries.clear();
    await Promise.all(deliveries.map((delivery) => delivery.stop(limitMs)));
  }

  #mayDeliver(): boolean {
    return performance.now() < this.#heldFromMs + LEASE_MS;
  }

  #follow(wanted: boolean): void {
    if (wanted === this.#subscribed) return;
    this.#subscribed = wanted;
    const { bus, log } = this.#parts;
    for (const side of SIDES) {
      const topic = eventsTopic('+', side);
      if (!wanted) bus.unsubscribe(topic);
      else {
        bus
          .subscribe(topic, (payload) => this.#receive(payload))
          .catch(({ message }: Error) =>
            log.warn({ cause: message }, 'hooks: no events by the bus'),
          );
      }
    }
  }

  /** A message has the events of one commit, one a line. */
  #receive(payload: Buffer): void {
    try {
      for (const line of payload.toString().split('\n')) {
        const event = JSON.parse(line);
        for (const delivery of this.#deliveries.values()) delivery.notice(event);
      }
    } catch {
      // Not an event of chat. If chat meant one, comparing finds it.
      this.#parts.metrics.faults.inc();
    }
  }

  #compareSoon(): void {
    this.#compareAtMs = 0;
    this.wake();
  }

  #compare(): void {
    if (this.#comparing) return;
    const begunMs = performance.now();
    this.#compareAtMs = Number.POSITIVE_INFINITY;
    const soonest = (pauseMs: number) => {
      this.#compareAtMs = Math.min(this.#compareAtMs, performance.now() + pauseMs);
    };
    this.#comparing = comparePositions([...this.#deliveries.values()], this.#parts)
      .then(
        () => soonest(Math.max(COMPARE_MS, PAUSE_FACTOR * (performance.now() - begunMs))),
        (error) => {
          this.#fault(error);
          soonest(COMPARE_AGAIN_MS);
        },
      )
      .finally(() => {
        this.#comparing = undefined;
      });
  }

  /** Counts each failure of the log or the store, and reports one in a minute. */
  #fault(error: unknown): void {
    this.#parts.metrics.faults.inc();
    const now = performance.now();
    if (now < this.#reportAtMs) return;
    this.#reportAtMs = now + REPORT_MS;
    this.#parts.log.warn({ cause: String(error) }, 'hooks: the log or the store does not answer');
  }

  #oldest(): number {
    const now = this.#parts.clock();
    const oldest = [...this.#deliveries.values()].map(({ oldestMs = now }) => oldestMs);
    return now - Math.min(now, ...oldest);
  }
}

import type { ChatEvent } from '@parley/contract/event.ts';
import { eventsTopic } from '@parley/contract/topic.ts';
import type { Bus } from '@parley/kit/bus.ts';
import type { Log } from '@parley/kit/log.ts';
import type { ChatMetrics } from './metrics.ts';

/** Events that may be on their way through the broker before new posts have to wait. */
const WINDOW_EVENTS = 256;

/**
 * Publishes what was committed, and says when the broker has fallen behind: a broker acknowledges
 * a message before it hands it on, so the publisher sends an echo after its events instead, and
 * lets at most a window of events go without one. Posts wait; events do not.
 */
export class Publisher {
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #metrics: ChatMetrics;
  #published = 0;
  #confirmed = 0;
  #echoUnderWay = false;
  #waiting: (() => void)[] = [];

  constructor(bus: Bus, { log, metrics }: { log: Log; metrics: ChatMetrics }) {
    this.#bus = bus;
    this.#log = log;
    this.#metrics = metrics;
    bus.onLink((connected) => {
      if (connected) this.#startProbe();
      else this.#confirm(this.#published);
    });
  }

  publish(events: ChatEvent[]): void {
    for (const event of events)
      this.#bus.publish(eventsTopic(event.channel), JSON.stringify(event));
    this.#published += events.length;
    this.#startProbe();
  }

  /** Resolves when the broker has room. A broker that is away never holds a post up. */
  async ready(): Promise<void> {
    while (this.#bus.connected && this.#published - this.#confirmed >= WINDOW_EVENTS) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** One echo at a time is under way, for as long as something is unconfirmed and the link is up. */
  #startProbe(): void {
    if (!this.#echoUnderWay) void this.#probe();
  }

  async #probe(): Promise<void> {
    this.#echoUnderWay = true;
    while (this.#bus.connected && this.#confirmed < this.#published) {
      const covered = this.#published;
      try {
        this.#metrics.publishSeconds.observe((await this.#bus.echo()) / 1000);
      } catch (error) {
        this.#log.warn({ cause: (error as Error).message }, 'publish: no echo from the broker');
      }
      this.#confirm(covered);
    }
    this.#echoUnderWay = false;
  }

  #confirm(count: number): void {
    this.#confirmed = Math.max(this.#confirmed, count);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

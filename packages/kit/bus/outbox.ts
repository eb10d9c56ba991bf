import type { MqttClient } from 'mqtt';
import type { Gauge } from 'prom-client';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import type { BusMetrics } from './bus-metrics.ts';

/**
 * Most messages kept while the link is down. The oldest are dropped; readers fetch them from the
 * log.
 */
const KEPT_MESSAGES = 10_000;
/** Most characters of the kept messages. */
const KEPT_TEXT = 16_000_000;
/** Bytes that the broker has not read, above which messages at QoS 0 are dropped. */
const UNSENT_MAX_BYTES = 1_048_576;
/** How long a stop waits for the broker to acknowledge what was published. */
const FLUSH_LIMIT_MS = 3_000;

interface Options {
  retain: boolean;
}

/**
 * Publishes a service's messages: at QoS 1 while the link is up. While it is down, keeps the
 * newest.
 */
export class BusOutbox {
  readonly #client: MqttClient;
  readonly #part: string;
  readonly #log: Log;
  readonly #published: BusMetrics['published'];
  readonly #kept: [topic: string, payload: string, options: Options][] = [];
  readonly #keptBytes: Gauge<'part'>;
  #keptText = 0;
  #unacknowledged = 0;
  #dropped = 0;
  #whenFlushed: (() => void) | undefined;

  constructor({
    client,
    part,
    log,
    metrics,
    published,
  }: {
    client: MqttClient;
    part: string;
    log: Log;
    metrics: Metrics;
    published: BusMetrics['published'];
  }) {
    this.#client = client;
    this.#part = part;
    this.#log = log;
    this.#published = published;
    this.#keptBytes = metrics.gauge({
      name: 'parley_bus_kept_bytes',
      help: 'Characters of messages kept until the link to the MQTT broker is up again.',
      labels: ['part'],
    });
  }

  send(topic: string, payload: string, options: Options = { retain: false }): void {
    if (this.#client.connected) this.#publish(topic, payload, options);
    else this.#keep(topic, payload, options);
  }

  /** Sends a message at QoS 0, or drops it when the link is down or the broker is behind. */
  sendOnce(topic: string, payload: string): void {
    const { connected, stream } = this.#client;
    if (connected && stream.writableLength <= UNSENT_MAX_BYTES) {
      this.#client.publish(topic, payload, { qos: 0 });
    } else this.#published.inc({ part: this.#part, outcome: 'dropped' });
  }

  /** Sends what was kept while the link was down. */
  linkUp(): void {
    if (this.#dropped > 0) {
      this.#log.warn(
        { dropped: this.#dropped },
        'bus: messages not published while the link was down',
      );
      this.#dropped = 0;
    }
    this.#countKept(-this.#keptText);
    for (const kept of this.#kept.splice(0)) this.send(...kept);
  }

  /** Waits up to 3 s for the broker to acknowledge everything; false when it has not. */
  async flushed(): Promise<boolean> {
    if (this.#unacknowledged > 0 && this.#client.connected) {
      await new Promise<void>((resolve) => {
        this.#whenFlushed = resolve;
        setTimeout(resolve, FLUSH_LIMIT_MS);
      });
    }
    return this.#unacknowledged === 0;
  }

  #publish(topic: string, payload: string, options: Options): void {
    this.#unacknowledged++;
    this.#client.publish(topic, payload, { qos: 1, ...options }, (error) => {
      this.#unacknowledged--;
      this.#published.inc({ part: this.#part, outcome: error ? 'failed' : 'acknowledged' });
      if (this.#unacknowledged === 0) this.#whenFlushed?.();
    });
  }

  #keep(topic: string, payload: string, options: Options): void {
    this.#kept.push([topic, payload, options]);
    this.#countKept(payload.length);
    while (this.#kept.length > KEPT_MESSAGES || this.#keptText > KEPT_TEXT) this.#dropOldest();
  }

  #countKept(by: number): void {
    this.#keptText += by;
    this.#keptBytes.set({ part: this.#part }, this.#keptText);
  }

  #dropOldest(): void {
    const [, payload] = this.#kept.shift() ?? ['', ''];
    this.#countKept(-payload.length);
    this.#dropped++;
    this.#published.inc({ part: this.#part, outcome: 'dropped' });
  }
}

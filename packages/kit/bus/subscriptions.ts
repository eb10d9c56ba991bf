import type { MqttClient } from 'mqtt';
import type { Counter } from 'prom-client';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';

/**
 * Receives a message with its topic as the broker writes it. `retained` is true for an older
 * message that the broker kept for new subscribers.
 */
export type BusListener = (payload: Buffer, from: { topic: string; retained: boolean }) => void;

/**
 * Services subscribe at QoS 0. Within a connection TCP keeps every event; across connections the
 * log does. Acknowledging each event would cost more and protect nothing (docs/decisions).
 */
const SUBSCRIBE_QOS = 0;
/** SUBACK codes from this one up are refusals [MQTT-3.9.3-2]. */
const REFUSED = 0x80;

/** A service's subscriptions: topics, and filters with `+` as their last level. */
export class BusSubscriptions {
  readonly #client: MqttClient;
  readonly #part: string;
  readonly #log: Log;
  readonly #refused: Counter<'part'>;
  readonly #listeners = new Map<string, BusListener>();

  constructor(parts: { client: MqttClient; part: string; log: Log; metrics: Metrics }) {
    const { client, part, log, metrics } = parts;
    this.#client = client;
    this.#part = part;
    this.#log = log;
    this.#refused = metrics.counter({
      name: 'parley_bus_subscriptions_refused_total',
      help: 'Subscriptions that the MQTT broker refused.',
      labels: ['part'],
    });
    this.#refused.inc({ part }, 0);
    client.on('message', (topic, payload, { retain }) =>
      this.#listenerOf(topic)?.(payload as Buffer, { topic, retained: retain }),
    );
  }

  get topics(): string[] {
    return [...this.#listeners.keys()];
  }

  set(topic: string, listener: BusListener): void {
    this.#listeners.set(topic, listener);
  }

  delete(topic: string): void {
    this.#listeners.delete(topic);
  }

  /**
   * Subscribes to topics; resolves with those that the broker refused, rejects when no answer came.
   */
  async ask(topics: string[]): Promise<string[]> {
    const granted = await new Promise<number[]>((resolve, reject) => {
      this.#client.subscribe(topics, { qos: SUBSCRIBE_QOS }, (error, _grants, packet) => {
        // MQTT.js reports an error also where the broker answered with refusals [MQTT-3.9.3-2].
        if (packet) resolve(packet.granted as number[]);
        else reject(error ?? new Error('no answer to a subscription'));
      });
    });
    const refused = topics.filter((_, i) => (granted[i] ?? REFUSED) >= REFUSED);
    for (const topic of refused) {
      this.#refused.inc({ part: this.#part });
      this.#log.error({ topic }, 'bus: the broker refused a subscription');
    }
    return refused;
  }

  #listenerOf(topic: string): BusListener | undefined {
    const level = topic.lastIndexOf('/') + 1;
    return this.#listeners.get(topic) ?? this.#listeners.get(`${topic.slice(0, level)}+`);
  }
}

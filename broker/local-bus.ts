import { echoTopic } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { openBusMetrics } from '@parley/kit/bus/bus-metrics.ts';
import { openEcho } from '@parley/kit/bus/echo.ts';
import type { BusListener } from '@parley/kit/bus/subscriptions.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Aedes, AedesPublishPacket, PublishPacket } from 'aedes';
import { retainedOf } from './retained/retained-messages.ts';

interface Sent {
  topic: string;
  payload: string;
  qos: 0 | 1;
  retain: boolean;
}

type Deliver = (packet: AedesPublishPacket, done: () => void) => void;

/**
 * The bus of a service in the broker's own process: it hands messages to the broker and receives them
 * from it without a connection (docs/decisions/bus/0049-local-bus.md). The link is always up.
 */
export class LocalBus implements Bus {
  readonly takesGroups = true;
  readonly #aedes: Aedes;
  readonly #listeners = new Map<string, Deliver>();
  readonly #echo: ReturnType<typeof openEcho>;
  readonly #published: () => void;
  #closed = false;

  constructor(aedes: Aedes, { part, metrics }: { part: string; metrics: Metrics }) {
    const { connected, published } = openBusMetrics(metrics, part);
    connected.set({ part }, 1);
    this.#aedes = aedes;
    this.#published = () => published.inc({ part, outcome: 'acknowledged' });
    const topic = echoTopic(`parley-${part}`);
    this.#echo = openEcho((payload) => this.#sendNext({ topic, payload, qos: 1, retain: false }));
    void this.subscribe(topic, this.#echo.receive);
  }

  get connected(): boolean {
    return !this.#closed;
  }

  publish(topic: string, payload: string, { retain } = { retain: false }): void {
    this.#published();
    if (retain) this.#sendNext({ topic, payload, qos: 1, retain });
    else this.#send({ topic, payload, qos: 1, retain });
  }

  publishOnce(topic: string, payload: string): void {
    this.#sendNext({ topic, payload, qos: 0, retain: false });
  }

  async subscribe(topic: string, listener: BusListener): Promise<void> {
    this.unsubscribe(topic);
    const deliver: Deliver = (packet, done) => {
      if (this.#listeners.get(topic) === deliver) receive(listener, packet, false);
      done();
    };
    this.#listeners.set(topic, deliver);
    this.#aedes.subscribe(topic, deliver, () => undefined);
    for await (const packet of retainedOf(this.#aedes, topic)) receive(listener, packet, true);
  }

  unsubscribe(topic: string): void {
    const deliver = this.#listeners.get(topic);
    this.#listeners.delete(topic);
    if (deliver) this.#aedes.unsubscribe(topic, deliver, () => undefined);
  }

  echo(): Promise<number> {
    if (this.#closed) return Promise.reject(new Error('the bus is closed'));
    return this.#echo.send();
  }

  onLink(listener: (connected: boolean) => void): void {
    queueMicrotask(() => listener(true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const topic of this.#listeners.keys()) this.unsubscribe(topic);
    this.#echo.failAll(new Error('the bus is closed'));
  }

  #send({ payload, ...message }: Sent): void {
    const packet = {
      ...message,
      cmd: 'publish',
      dup: false,
      payload: Buffer.from(payload),
    } as const;
    this.#aedes.publish(packet, () => undefined);
  }

  /**
   * Sends in a callback of its own. Aedes numbers messages when they are published, and a client drops
   * one with a lower number than its last. Messages at QoS 1 wait for more promises than those at QoS 0,
   * and retained ones for still more, so that they would overtake each other (moscajs/aedes#994). Before
   * the callback Node has run the promises of the earlier messages; aedes' memory needs nothing else.
   */
  #sendNext(message: Sent): void {
    setImmediate(() => this.#send(message));
  }
}

function receive(
  listener: BusListener,
  { topic, payload }: PublishPacket,
  retained: boolean,
): void {
  listener(payload as Buffer, { topic, retained });
}

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { echoTopic, GROUPS_TOPIC } from '@parley/contract/channels/topic.ts';
import type { MqttClient } from 'mqtt';
import type { Counter } from 'prom-client';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import { openBusMetrics } from './bus-metrics.ts';
import type { BusConfig } from './bus-settings.ts';
import { type BusWill, connectBus } from './client.ts';
import { openEcho } from './echo.ts';
import { BusOutbox } from './outbox.ts';
import { type Spelling, spellingFor } from './spelling.ts';
import { type BusListener, BusSubscriptions } from './subscriptions.ts';

/**
 * A service's link to the MQTT broker. After a break it connects and subscribes again by itself.
 */
export interface Bus extends AsyncDisposable {
  readonly connected: boolean;
  /** True while one message on an events topic may have several events, one a line. */
  readonly takesGroups: boolean;
  /**
   * Publishes at QoS 1 and does not wait. While the link is down, a bounded number of messages is
   * kept; the log has all of them. `retain`: the broker keeps the message for later subscribers,
   * until an empty one replaces it.
   */
  publish(topic: string, payload: string, options?: { retain: boolean }): void;
  /** Publishes at QoS 0: at most once, and not at all while the link is down or the broker is behind. */
  publishOnce(topic: string, payload: string): void;
  /**
   * Subscribes to one topic, or with `+` as the last level to all topics that begin alike. Resolves
   * when the broker has granted the subscription. Rejects when the link is down or the broker
   * refuses; the subscription is then requested again each time the link comes up.
   */
  subscribe(topic: string, listener: BusListener): Promise<void>;
  unsubscribe(topic: string): void;
  /**
   * Sends a message through the broker to this client and resolves with the round trip in
   * milliseconds. By then the broker has passed on everything that was published before. Rejects
   * when the link is down or breaks meanwhile, or after 5 s.
   */
  echo(): Promise<number>;
  /**
   * Calls back when the link is up with every subscription granted, and when the link has broken.
   */
  onLink(listener: (connected: boolean) => void): void;
}

const END_LIMIT_MS = 1_000;
/** Topics in one SUBSCRIBE packet when the link comes up again. */
const SUBSCRIBE_AT_ONCE = 100;

/**
 * Opens the link and returns at once; it connects in the background and reconnects without end. The
 * broker publishes `will` when the link ends without a DISCONNECT packet.
 * @throws SettingsError when the file with the certificate authority cannot be read
 */
export function openBus(
  config: BusConfig,
  {
    part,
    log,
    metrics,
    will,
  }: { part: string; log: Log; metrics: Metrics; will?: BusWill | undefined },
): Bus {
  const clientId = `parley-${part}-${randomUUID().slice(0, 13)}`;
  const { write: spell } = spellingFor(config);
  const alwaysGroups = config.mqttGroups === 'on';
  const client = connectBus(config, {
    clientId,
    will: will && { ...will, topic: spell(will.topic) },
  });
  return new MqttBus(client, { clientId, spell, alwaysGroups, part, log, metrics });
}

class MqttBus implements Bus {
  readonly #client: MqttClient;
  readonly #log: Log;
  readonly #part: string;
  readonly #spell: Spelling['write'];
  readonly #alwaysGroups: boolean;
  readonly #failures: Counter<'part'>;
  readonly #subscriptions: BusSubscriptions;
  readonly #linkListeners: ((connected: boolean) => void)[] = [];
  readonly #outbox: BusOutbox;
  readonly #echo: ReturnType<typeof openEcho>;
  readonly #topicOfEcho: string;
  /** Causes of failures since the link was last up; each is logged once. */
  readonly #faults = new Set<string>();
  #connected = false;
  #brokerTakesGroups = false;
  #closing = false;

  constructor(
    client: MqttClient,
    {
      clientId,
      spell,
      alwaysGroups,
      part,
      log,
      metrics,
    }: {
      clientId: string;
      spell: Spelling['write'];
      alwaysGroups: boolean;
      part: string;
      log: Log;
      metrics: Metrics;
    },
  ) {
    this.#client = client;
    this.#spell = spell;
    this.#alwaysGroups = alwaysGroups;
    this.#log = log.child({ link: part });
    this.#part = part;
    this.#subscriptions = new BusSubscriptions({ client, part, log: this.#log, metrics });
    this.#failures = metrics.counter({
      name: 'parley_bus_link_failures_total',
      help: 'Times that the link to the MQTT broker could not be made, or broke with an error.',
      labels: ['part'],
    });
    this.#failures.inc({ part }, 0);
    const { connected: state, published } = openBusMetrics(metrics, part);
    this.#outbox = new BusOutbox({ client, part, log, metrics, published });
    this.#topicOfEcho = echoTopic(clientId);
    this.#echo = openEcho((payload) => this.#outbox.send(this.#topicOfEcho, payload));
    this.#subscriptions.set(this.#topicOfEcho, this.#echo.receive);
    this.#subscriptions.set(GROUPS_TOPIC, (notice) => {
      this.#brokerTakesGroups = notice.length > 0;
    });
    this.onLink((connected) => state.set({ part }, connected ? 1 : 0));
    client.on('connect', () => void this.#up());
    client.on('close', () => this.#down());
    client.on('error', (error) => this.#failed(error));
  }

  get connected(): boolean {
    return this.#connected;
  }

  get takesGroups(): boolean {
    return this.#alwaysGroups || this.#brokerTakesGroups;
  }

  publish(topic: string, payload: string, options?: { retain: boolean }): void {
    this.#outbox.send(this.#spell(topic), payload, options);
  }

  publishOnce(topic: string, payload: string): void {
    this.#outbox.sendOnce(this.#spell(topic), payload);
  }

  async subscribe(name: string, listener: BusListener): Promise<void> {
    const topic = this.#spell(name);
    this.#subscriptions.set(topic, listener);
    if (!this.#client.connected) throw new Error('the link to the MQTT broker is down');
    const refused = await this.#subscriptions.ask([topic]);
    if (refused.length > 0) throw new Error(`the broker refused the subscription to ${topic}`);
  }

  unsubscribe(name: string): void {
    const topic = this.#spell(name);
    this.#subscriptions.delete(topic);
    if (this.#client.connected) this.#client.unsubscribe(topic);
  }

  echo(): Promise<number> {
    if (!this.#connected) return Promise.reject(new Error('the link to the MQTT broker is down'));
    return this.#echo.send();
  }

  onLink(listener: (connected: boolean) => void): void {
    this.#linkListeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const acknowledged = await this.#outbox.flushed();
    const ended = this.#client.endAsync(!acknowledged || !this.#client.connected);
    // A broker that hangs does not answer open requests and does not close its side.
    await Promise.race([ended, delay(END_LIMIT_MS)]);
    this.#client.stream.destroy();
  }

  /**
   * The link counts as up when the broker has answered every subscription. A refused subscription
   * is logged and counted, and its listener gets no messages. A refused echo counts as no link.
   */
  async #up(): Promise<void> {
    const { topics } = this.#subscriptions;
    try {
      for (let i = 0; i < topics.length; i += SUBSCRIBE_AT_ONCE) {
        const refused = await this.#subscriptions.ask(topics.slice(i, i + SUBSCRIBE_AT_ONCE));
        if (refused.includes(this.#topicOfEcho)) throw new Error('the broker refuses the echo');
      }
    } catch (error) {
      this.#failed(error as Error);
      // The client then connects again after its pause; `reconnect` would do so at once, in a tight
      // loop.
      this.#client.stream.destroy();
      return;
    }
    this.#connected = true;
    this.#faults.clear();
    this.#log.info('bus: link is up');
    this.#outbox.linkUp();
    this.#notifyLink();
  }

  #failed({ message, code }: Error & { code?: unknown }): void {
    this.#failures.inc({ part: this.#part });
    const cause = message || String(code);
    if (this.#faults.has(cause)) return;
    this.#faults.add(cause);
    this.#log.warn({ cause }, 'bus: link failed');
  }

  #down(): void {
    this.#brokerTakesGroups = false;
    if (!this.#connected) return;
    this.#connected = false;
    if (!this.#closing) this.#log.warn('bus: link is down');
    this.#echo.failAll(new Error('the link to the MQTT broker fell'));
    this.#notifyLink();
  }

  #notifyLink(): void {
    for (const listener of this.#linkListeners) listener(this.#connected);
  }
}

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { echoTopic } from '@parley/contract/topic.ts';
import type { MqttClient } from 'mqtt';
import type { Counter } from 'prom-client';
import { connectBus } from './bus-client.ts';
import { openEcho } from './bus-echo.ts';
import { BusOutbox } from './bus-outbox.ts';
import type { BusConfig } from './bus-settings.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type BusListener = (payload: Buffer) => void;

/** A part's link to the MQTT broker. It comes back by itself, with its subscriptions. */
export interface Bus extends AsyncDisposable {
  readonly connected: boolean;
  /**
   * Publishes at QoS 1 and does not wait. While the link is down a bounded number of messages is
   * kept; the log has them all.
   */
  publish(topic: string, payload: string): void;
  /**
   * Listens to one topic (no wildcards). Resolves when the broker has granted it; rejects when the
   * link is down or the broker refuses, and is then asked for again whenever the link returns.
   */
  subscribe(topic: string, listener: BusListener): Promise<void>;
  unsubscribe(topic: string): void;
  /**
   * Sends a message through the broker to itself and resolves with the milliseconds it took, once
   * whatever was published before has gone through the broker too. Rejects when the link is down
   * or falls meanwhile, or after 5 s.
   */
  echo(): Promise<number>;
  /** Calls back whenever the link is up with every subscription granted, and when it has fallen. */
  onLink(listener: (connected: boolean) => void): void;
}

const END_LIMIT_MS = 1_000;
/**
 * Readers take events at QoS 0: within a connection TCP keeps them, across connections the log
 * does, so that an acknowledgement of each would add cost and no safety (docs/decisions).
 */
const SUBSCRIBE_QOS = 0;
/** A SUBACK code from here on is a refusal [MQTT-3.9.3-2]. */
const REFUSED = 0x80;
/** Topics asked for in one SUBSCRIBE packet when the link returns. */
const SUBSCRIBE_AT_ONCE = 100;

/**
 * Opens the link and returns at once; it connects in the background and reconnects for ever.
 * @throws SettingsError when the file with the authority cannot be read
 */
export function openBus(
  config: BusConfig,
  { part, log, metrics }: { part: string; log: Log; metrics: Metrics },
): Bus {
  const clientId = `parley-${part}-${randomUUID().slice(0, 13)}`;
  const client = connectBus(config, clientId);
  const spell = config.mqttDots === 'escaped' ? escapeDots : asItIs;
  return new MqttBus(client, { clientId, spell, part, log, metrics });
}

/** How a topic is written on this broker (docs/decisions/0012-dots-in-topics.md). */
type Spell = (topic: string) => string;

const asItIs: Spell = (topic) => topic;
const escapeDots: Spell = (topic) => topic.replaceAll('.', '%2E');

class MqttBus implements Bus {
  readonly #client: MqttClient;
  readonly #log: Log;
  readonly #part: string;
  readonly #spell: Spell;
  readonly #refused: Counter<'part'>;
  readonly #failures: Counter<'part'>;
  readonly #listeners = new Map<string, BusListener>();
  readonly #linkListeners: ((connected: boolean) => void)[] = [];
  readonly #outbox: BusOutbox;
  readonly #echo: ReturnType<typeof openEcho>;
  readonly #topicOfEcho: string;
  /** Why the link failed since it was last up, each cause said once. */
  readonly #faults = new Set<string>();
  #connected = false;
  #closing = false;

  constructor(
    client: MqttClient,
    {
      clientId,
      spell,
      part,
      log,
      metrics,
    }: { clientId: string; spell: Spell; part: string; log: Log; metrics: Metrics },
  ) {
    this.#client = client;
    this.#spell = spell;
    this.#log = log.child({ link: part });
    this.#part = part;
    this.#refused = metrics.counter({
      name: 'parley_bus_subscriptions_refused_total',
      help: 'Subscriptions that the MQTT broker refused.',
      labels: ['part'],
    });
    this.#refused.inc({ part }, 0);
    this.#failures = metrics.counter({
      name: 'parley_bus_link_failures_total',
      help: 'Times that the link to the MQTT broker could not be made, or broke with an error.',
      labels: ['part'],
    });
    this.#failures.inc({ part }, 0);
    this.#outbox = new BusOutbox({ client, part, log, metrics });
    this.#topicOfEcho = echoTopic(clientId);
    this.#echo = openEcho((payload) => this.#outbox.send(this.#topicOfEcho, payload));
    this.#listeners.set(this.#topicOfEcho, this.#echo.heard);
    const state = metrics.gauge({
      name: 'parley_bus_connected',
      help: '1 while the link to the MQTT broker is up and subscribed.',
      labels: ['part'],
    });
    state.set({ part }, 0);
    this.onLink((connected) => state.set({ part }, connected ? 1 : 0));
    client.on('connect', () => void this.#up());
    client.on('close', () => this.#down());
    client.on('error', (error) => this.#failed(error));
    client.on('message', (topic, payload) => this.#listeners.get(topic)?.(payload as Buffer));
  }

  get connected(): boolean {
    return this.#connected;
  }

  publish(topic: string, payload: string): void {
    this.#outbox.send(this.#spell(topic), payload);
  }

  async subscribe(name: string, listener: BusListener): Promise<void> {
    const topic = this.#spell(name);
    this.#listeners.set(topic, listener);
    if (!this.#client.connected) throw new Error('the link to the MQTT broker is down');
    const refused = await this.#grant([topic]);
    if (refused.length > 0) throw new Error(`the broker refused the subscription to ${topic}`);
  }

  unsubscribe(name: string): void {
    const topic = this.#spell(name);
    this.#listeners.delete(topic);
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
    // A broker that hangs neither answers what is under way nor closes its side.
    await Promise.race([ended, delay(END_LIMIT_MS)]);
    this.#client.stream.destroy();
  }

  /**
   * The link counts as up when the broker has answered every subscription. One that it refused is
   * logged and counted; whoever wanted it does without. Only without the echo is there no link.
   */
  async #up(): Promise<void> {
    const topics = [...this.#listeners.keys()];
    try {
      for (let i = 0; i < topics.length; i += SUBSCRIBE_AT_ONCE) {
        await this.#grant(topics.slice(i, i + SUBSCRIBE_AT_ONCE));
      }
    } catch (error) {
      this.#failed(error as Error);
      // Then the client connects anew after its pause; `reconnect` would do so at once, over and over.
      this.#client.stream.destroy();
      return;
    }
    this.#connected = true;
    this.#faults.clear();
    this.#log.info('bus: link is up');
    this.#outbox.linkUp();
    this.#tellLink();
  }

  #failed({ message, code }: Error & { code?: unknown }): void {
    this.#failures.inc({ part: this.#part });
    const cause = message || String(code);
    if (this.#faults.has(cause)) return;
    this.#faults.add(cause);
    this.#log.warn({ cause }, 'bus: link failed');
  }

  #down(): void {
    if (!this.#connected) return;
    this.#connected = false;
    if (!this.#closing) this.#log.warn('bus: link is down');
    this.#echo.failAll(new Error('the link to the MQTT broker fell'));
    this.#tellLink();
  }

  #tellLink(): void {
    for (const listener of this.#linkListeners) listener(this.#connected);
  }

  /** Subscribes; rejects when the echo's topic was refused or no answer came, and answers with what else was refused. */
  async #grant(topics: string[]): Promise<string[]> {
    const granted = await new Promise<number[]>((resolve, reject) => {
      this.#client.subscribe(topics, { qos: SUBSCRIBE_QOS }, (error, _grants, packet) => {
        // MQTT.js also reports an error where the broker answered with refusals [MQTT-3.9.3-2].
        if (packet) resolve(packet.granted as number[]);
        else reject(error ?? new Error('no answer to a subscription'));
      });
    });
    const refused = topics.filter((_, i) => (granted[i] ?? REFUSED) >= REFUSED);
    for (const topic of refused) {
      this.#refused.inc({ part: this.#part });
      this.#log.error({ topic }, 'bus: the broker refused a subscription');
    }
    if (refused.includes(this.#topicOfEcho)) throw new Error('the broker refuses the echo');
    return refused;
  }
}

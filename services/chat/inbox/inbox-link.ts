import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { INBOX_CLIENT_ID } from '@parley/contract/inbox.ts';
import { INBOX_TOPICS } from '@parley/contract/topic.ts';
import { connectBus } from '@parley/kit/bus-client.ts';
import type { BusConfig } from '@parley/kit/bus-settings.ts';
import { type Spelling, spellingFor } from '@parley/kit/bus-spelling.ts';
import type { Log } from '@parley/kit/log.ts';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { asDelivery, type Delivery, DeliveryNames } from './delivery.ts';
import type { TakeIn } from './take-in.ts';

/** Deliveries that are taken in at once. */
const GROUP_MAX = 64;
/** Deliveries that may wait; beyond, the broker has to. */
const QUEUE_MAX = 256;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const NOT_YET = new Error('acknowledged after the commit');

interface InboxLinkParts {
  takeIn: Pick<TakeIn, 'take'>;
  /** Notes the sessions' names for whoever follows; resolves with whether this replica still may. */
  note: (sessions: string[]) => Promise<boolean>;
  /** The names that were noted last. */
  earlier: () => Promise<string[]>;
  /** Hears whether devices are listened to. */
  opened: (open: boolean) => void;
  log: Log;
}

/**
 * The connection over which one replica takes in what devices say: a lasting session at QoS 1, in which
 * a delivery is acknowledged after its commit and not before.
 */
export class InboxLink implements AsyncDisposable {
  readonly #client: MqttClient;
  readonly #spelling: Spelling;
  readonly #parts: InboxLinkParts;
  readonly #stop = new AbortController();
  #queue: Delivery[] = [];
  #names: DeliveryNames | undefined;
  #working: Promise<void> | undefined;
  /** Lets MQTT.js go on reading, where the queue was full. */
  #goOn: (() => void) | undefined;

  constructor(config: BusConfig, parts: InboxLinkParts) {
    this.#parts = parts;
    this.#spelling = spellingFor(config);
    this.#client = connectBus(config, { clientId: INBOX_CLIENT_ID, clean: false });
    this.#client.handleMessage = (packet, done) => this.#arrived(packet, done);
    this.#client.on('connect', ({ sessionPresent }) => void this.#up(sessionPresent));
    this.#client.on('close', () => this.#down());
    this.#client.on('error', ({ message }) =>
      parts.log.warn({ cause: message }, 'inbox: link failed'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#queue = [];
    await this.#working;
    this.#client.end(true);
    this.#client.stream.destroy();
  }

  async #up(sessionPresent: boolean): Promise<void> {
    try {
      const earlier = sessionPresent ? await this.#parts.earlier() : [];
      await this.#begin(earlier);
      await this.#client.subscribeAsync(INBOX_TOPICS, { qos: 1 });
      this.#parts.opened(true);
    } catch (error) {
      this.#parts.log.warn({ cause: (error as Error).message }, 'inbox: not open; tried again');
      this.#client.stream.destroy();
    }
  }

  /** What was delivered on another connection is delivered again. */
  #down(): void {
    this.#queue = [];
    this.#names = undefined;
    this.#parts.opened(false);
    this.#release();
  }

  async #begin(earlier: string[]): Promise<void> {
    const { stream } = this.#client;
    const names = new DeliveryNames(randomUUID().slice(0, 13), earlier);
    if (!(await this.#parts.note(names.sessions))) throw new Error('another replica has it');
    if (stream !== this.#client.stream) return;
    this.#names = names;
    this.#work();
  }

  #arrived(packet: IPublishPacket, done: (error?: Error) => void): void {
    const delivery = asDelivery({ ...packet, topic: this.#spelling.read(packet.topic) });
    // What was retained was taken in when it was said.
    if (packet.retain) acknowledge(delivery, this.#client.stream);
    else this.#queue.push(delivery);
    this.#work();
    // An error keeps MQTT.js from acknowledging, and from nothing else.
    const goOn = () => done(NOT_YET);
    if (this.#queue.length < QUEUE_MAX) goOn();
    else this.#goOn = goOn;
  }

  #release(): void {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  #work(): void {
    this.#working ??= this.#takeAll().finally(() => {
      this.#working = undefined;
    });
  }

  async #takeAll(): Promise<void> {
    // Where devices never pause there is always more; the broker keeps it for whoever follows.
    while (this.#names && this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const { stream } = this.#client;
      await this.#takeGroup(this.#queue.splice(0, GROUP_MAX), this.#names, stream);
      if (this.#queue.length < QUEUE_MAX) this.#release();
      if (this.#names?.full) await this.#rename(this.#names.sessions);
    }
  }

  async #rename(earlier: string[]): Promise<void> {
    this.#names = undefined;
    await this.#begin(earlier).catch(() => this.#client.stream.destroy());
  }

  async #takeGroup(
    group: Delivery[],
    names: DeliveryNames,
    stream: MqttClient['stream'],
  ): Promise<void> {
    let left = group;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const later = await this.#parts.takeIn.take(left, names);
      for (const delivery of left) if (!later.includes(delivery)) acknowledge(delivery, stream);
      left = later;
      if (left.length === 0 || this.#names !== names) return;
      await delay(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
    }
  }
}

/** PUBACK [MQTT-3.4]; MQTT.js would send it in order only, and wait for each. */
function acknowledge({ packetId }: Delivery, stream: MqttClient['stream']): void {
  if (packetId === undefined || stream.destroyed) return;
  stream.write(Buffer.from([0x40, 2, packetId >> 8, packetId & 0xff]));
}

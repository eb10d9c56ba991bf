import { randomUUID } from 'node:crypto';
import { INBOX_TOPICS } from '@parley/contract/channels/topic.ts';
import { INBOX_CLIENT_ID } from '@parley/contract/events/inbox.ts';
import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';
import { connectBus } from '@parley/kit/bus/client.ts';
import { type Spelling, spellingFor } from '@parley/kit/bus/spelling.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { asDelivery, type Delivery, DeliveryNames } from './delivery.ts';
import type { InboxWriter } from './inbox-writer.ts';

/** Deliveries that are stored at once. */
const GROUP_MAX = 64;
/** Deliveries that may wait here. Further deliveries wait in the broker. */
const QUEUE_MAX = 256;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const NOT_YET = new Error('acknowledged after the commit');

interface InboxLinkParts {
  writer: Pick<InboxWriter, 'store'>;
  /**
   * Notes the sessions' names for the next replica. Resolves with false when this one lost the
   * lease.
   */
  note: (sessions: string[]) => Promise<boolean>;
  /** The sessions' names that were noted last. */
  earlier: () => Promise<string[]>;
  /**
   * Called with true once the link receives from devices, and with false when it no longer does.
   */
  opened: (open: boolean) => void;
  log: Log;
}

/**
 * The connection by which one replica receives what devices publish. It has a persistent session at
 * QoS 1, and acknowledges a delivery only after its commit.
 */
export class InboxLink implements AsyncDisposable {
  readonly #client: MqttClient;
  readonly #spelling: Spelling;
  readonly #parts: InboxLinkParts;
  readonly #stop = new AbortController();
  #queue: Delivery[] = [];
  #names: DeliveryNames | undefined;
  #working: Promise<void> | undefined;
  /** Lets MQTT.js read on when the queue is no longer full. */
  #readOn: (() => void) | undefined;

  constructor(config: BusConfig, parts: InboxLinkParts) {
    this.#parts = parts;
    this.#spelling = spellingFor(config);
    this.#client = connectBus(config, { clientId: INBOX_CLIENT_ID, clean: false });
    this.#client.handleMessage = (packet, done) => this.#receive(packet, done);
    this.#client.on('connect', ({ sessionPresent }) => void this.#open(sessionPresent));
    this.#client.on('close', () => this.#close());
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

  async #open(sessionPresent: boolean): Promise<void> {
    try {
      const earlier = sessionPresent ? await this.#parts.earlier() : [];
      await this.#begin(earlier);
      await this.#client.subscribeAsync(INBOX_TOPICS, { qos: 1 });
      this.#parts.opened(true);
    } catch (error) {
      this.#parts.log.warn(
        { cause: (error as Error).message },
        'inbox: it could not be opened; trying again',
      );
      this.#client.stream.destroy();
    }
  }

  /** Empties the queue: the broker delivers these messages again on the next connection. */
  #close(): void {
    this.#queue = [];
    this.#names = undefined;
    this.#parts.opened(false);
    this.#release();
  }

  async #begin(earlier: string[]): Promise<void> {
    const { stream } = this.#client;
    const names = new DeliveryNames(randomUUID().slice(0, 13), earlier);
    if (!(await this.#parts.note(names.sessions))) throw new Error('another replica has the inbox');
    if (stream !== this.#client.stream) return;
    this.#names = names;
    this.#work();
  }

  #receive(packet: IPublishPacket, done: (error?: Error) => void): void {
    const delivery = asDelivery({ ...packet, topic: this.#spelling.read(packet.topic) });
    // A retained message was received already, when it was published.
    if (packet.retain) acknowledge(delivery, this.#client.stream);
    else this.#queue.push(delivery);
    this.#work();
    // The only effect of an error is that MQTT.js does not acknowledge.
    const readOn = () => done(NOT_YET);
    if (this.#queue.length < QUEUE_MAX) readOn();
    else this.#readOn = readOn;
  }

  #release(): void {
    const readOn = this.#readOn;
    this.#readOn = undefined;
    readOn?.();
  }

  #work(): void {
    this.#working ??= this.#storeAll().finally(() => {
      this.#working = undefined;
    });
  }

  async #storeAll(): Promise<void> {
    // Devices may publish without a pause. The broker keeps the rest for the next replica.
    while (this.#names && this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const { stream } = this.#client;
      await this.#storeGroup(this.#queue.splice(0, GROUP_MAX), this.#names, stream);
      if (this.#queue.length < QUEUE_MAX) this.#release();
      if (this.#names?.full) await this.#rename(this.#names.sessions);
    }
  }

  async #rename(earlier: string[]): Promise<void> {
    this.#names = undefined;
    await this.#begin(earlier).catch(() => this.#client.stream.destroy());
  }

  async #storeGroup(
    group: Delivery[],
    names: DeliveryNames,
    stream: MqttClient['stream'],
  ): Promise<void> {
    let left = group;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const later = await this.#parts.writer.store(left, names);
      for (const delivery of left) if (!later.includes(delivery)) acknowledge(delivery, stream);
      left = later;
      if (left.length === 0 || this.#names !== names) return;
      await pause(pauseMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
    }
  }
}

/**
 * Sends PUBACK [MQTT-3.4]. MQTT.js would send PUBACKs in order only, and wait for each delivery.
 */
function acknowledge({ packetId }: Delivery, stream: MqttClient['stream']): void {
  if (packetId === undefined || stream.destroyed) return;
  stream.write(Buffer.from([0x40, 2, packetId >> 8, packetId & 0xff]));
}

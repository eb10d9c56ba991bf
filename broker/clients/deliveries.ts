import type { Client, PublishPacket } from 'aedes';
import { eachEvent } from './event-groups.ts';
import type { Cut } from './memory-limits.ts';

/** Unsent bytes at which a client is cut; a client that reads stays below this. */
const UNSENT_MAX_BYTES = 1_048_576;
/** The same for one of Parley's services, which may be busy for some seconds. */
const UNSENT_MAX_BYTES_OF_PARTS = 67_108_864;
/** Deliveries that may wait for their turn; with more, this broker cannot serve all its clients. */
const LINE_MAX = 20_000;
/** Deliveries in one turn of the event loop: less than 3 ms. */
const TURN_MAX = 100;

type Deliver = (packet: PublishPacket, done: () => void) => void;

/** The methods by which aedes delivers; its types leave them out. */
type DeliveringClient = Client & { deliver0: Deliver; deliverQoS: Deliver };

interface Waiting {
  client: Client;
  deliver: Deliver;
  packet: PublishPacket;
}

interface Parts {
  isPart: (client: Client) => boolean;
  /** True for a client that takes several events in one message. */
  takesGroups: (client: Client) => boolean;
  /** Called after bytes were written for a client. */
  written: (client: Client) => void;
  cut: Cut;
}

/**
 * Delivers messages so that no client waits for another. Aedes delivers the next messages only when
 * all clients have accepted the earlier ones; here a client that does not read is cut once too many
 * of its bytes are unsent. Parley's services come first: deliveries to other clients wait in one
 * line.
 */
export class Deliveries {
  readonly #parts: Parts;
  #line: Waiting[] = [];
  #working = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Deliveries that wait for their turn. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Delivers a new client's messages this way. Retained messages wait until the client reads. */
  attach(client: Client): void {
    const own = client as DeliveringClient;
    const { deliver0, deliverQoS } = own;
    own.deliver0 = this.#ordered(client, deliver0);
    // With aedes' own `deliverQoS` a message of QoS 0 would wait in line twice.
    own.deliverQoS = this.#ordered(client, (packet, done) =>
      (packet.qos === 0 ? deliver0 : deliverQoS)(packet, done),
    );
  }

  #ordered(client: Client, deliver: Deliver): Deliver {
    return (packet, done) => {
      if (packet.retain) return deliver(packet, done);
      setImmediate(done);
      if (this.#parts.isPart(client)) this.#deliverEach({ client, deliver, packet });
      else this.#wait({ client, deliver, packet });
    };
  }

  #wait(waiting: Waiting): void {
    const { client } = waiting;
    if (client.closed) return;
    if (this.#line.length >= LINE_MAX) {
      this.#parts.cut(client, 'the broker has too many deliveries');
      return;
    }
    this.#line.push(waiting);
    if (this.#working) return;
    this.#working = true;
    setImmediate(() => this.#work());
  }

  #work(): void {
    let done = 0;
    let taken = 0;
    for (const waiting of this.#line) {
      if (done >= TURN_MAX) break;
      done += this.#deliverEach(waiting);
      taken++;
    }
    this.#line.splice(0, taken);
    this.#working = this.#line.length > 0;
    if (this.#working) setImmediate(() => this.#work());
  }

  /** Delivers a message, or each of its events by itself; returns the number of deliveries. */
  #deliverEach({ client, deliver, packet }: Waiting): number {
    const each = this.#parts.takesGroups(client) ? [packet] : eachEvent(packet);
    for (const one of each) this.#deliver({ client, deliver, packet: one });
    return each.length;
  }

  #deliver({ client, deliver, packet }: Waiting): void {
    if (client.closed) return;
    const { isPart, written, cut } = this.#parts;
    const max = isPart(client) ? UNSENT_MAX_BYTES_OF_PARTS : UNSENT_MAX_BYTES;
    if (client.conn.writableLength > max) {
      cut(client, 'the client does not read');
      return;
    }
    deliver(packet, () => undefined);
    written(client);
  }
}

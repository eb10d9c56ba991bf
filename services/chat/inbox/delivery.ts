import { createHash } from 'node:crypto';
import type { IPublishPacket } from 'mqtt';

/**
 * Deliveries under one session's name. Under four names they are fewer than the packet ids
 * (65,535).
 */
const NAMED_DELIVERIES = 16_000;
/** Sessions' names under which a repeat is looked for. */
const SESSIONS_KEPT = 4;

/** A message of the inbox as the broker delivered it. */
export interface Delivery {
  topic: string;
  payload: Buffer;
  /** Undefined at QoS 0, where a delivery is neither repeated nor acknowledged. */
  packetId: number | undefined;
  /** True when the broker may have sent it before [MQTT-3.3.1-1]. */
  repeat: boolean;
  /** The key under which it is stored, once that is decided. */
  key?: string;
  /** True when it is already counted for its sender. */
  counted?: boolean;
}

export function asDelivery({ topic, payload, qos, messageId, dup }: IPublishPacket): Delivery {
  return {
    topic,
    payload: Buffer.from(payload),
    packetId: qos > 0 ? messageId : undefined,
    repeat: dup,
  };
}

/** Makes the key of a delivery. It begins with a space, which no key of a client has. */
export function deliveryKey(...words: (string | number)[]): string {
  return ` inbox ${words.join(' ')}`;
}

/**
 * Makes the keys of deliveries, so that a delivery that the broker repeats is known, whichever
 * replica received it first: it has the same packet id [MQTT-4.4.0-1], topic and payload. Packet
 * ids are used again, so a session's name is only for some of its deliveries.
 */
export class DeliveryNames {
  /**
   * Sessions' names, the newest first. They are noted in the store before a delivery gets a key.
   */
  sessions: string[];
  readonly #uses = new Map<string, number>();
  #named = 0;

  constructor(session: string, earlier: string[]) {
    this.sessions = [session, ...earlier].slice(0, SESSIONS_KEPT);
  }

  /** True when the next deliveries need another session's name. */
  get full(): boolean {
    return this.#named >= NAMED_DELIVERIES;
  }

  /** The key of a delivery that comes for the first time. */
  first(delivery: Delivery): string {
    this.#named++;
    const [session = ''] = this.sessions;
    const name = nameOf(delivery);
    const uses = this.#uses.get(name) ?? 0;
    this.#uses.set(name, uses + 1);
    return deliveryKey(session, name, ...(uses > 0 ? [uses] : []));
  }

  /** The keys that a repeated delivery may be stored under. */
  earlier(delivery: Delivery): string[] {
    const name = nameOf(delivery);
    return this.sessions.map((session) => deliveryKey(session, name));
  }

  /**
   * The key for a repeat that is not stored: the key of the session before, which may still store
   * it.
   */
  again(delivery: Delivery): string {
    const [session = '', before = session] = this.sessions;
    return deliveryKey(before, nameOf(delivery));
  }
}

function nameOf({ packetId, topic, payload }: Delivery): string {
  const hash = createHash('sha256').update(topic).update('\0').update(payload).digest('base64url');
  return `${packetId} ${hash}`;
}

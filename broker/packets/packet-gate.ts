import { CONNECT, checkPacket, PUBLISH, SUBSCRIBE, UNSUBSCRIBE } from './check-packet.ts';
import { IllegalPacket } from './illegal-packet.ts';

/** As much as Mosquitto takes by the files that we make for it: an event has less than 20 KB. */
const PACKET_MAX_BYTES = 65_536;
const LENGTH_BYTES_MAX = 4;
const PACED = new Set([PUBLISH, SUBSCRIBE, UNSUBSCRIBE]);

/** How many publishes and subscriptions may pass now, and when the next may. */
export interface Pace {
  /** Milliseconds until one more may pass; 0: it passes now, and is counted. */
  next(): number;
}

interface Header {
  first: number;
  headerBytes: number;
  bytes: number;
}

/**
 * What stands before the broker on one connection: it takes bytes in, and gives out packets that are
 * whole and legal, no more at a time than their pace allows.
 */
export class PacketGate {
  readonly #pace: Pace;
  #held: Buffer = Buffer.alloc(0);
  /** Whether the CONNECT has passed; it passes alone. */
  connected = false;
  /** Milliseconds until more may be taken out; 0 where that is up to the client. */
  waitMs = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Takes bytes in. */
  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /** The packets that may pass now; null where none may. @throws IllegalPacket */
  take(): Buffer | null {
    let end = 0;
    this.waitMs = 0;
    for (;;) {
      const header = readHeader(this.#held.subarray(end));
      if (!header || this.#held.length - end < header.bytes) break;
      const body = this.#held.subarray(end + header.headerBytes, end + header.bytes);
      this.#check(header.first, body);
      if (PACED.has(header.first >> 4)) this.waitMs = this.#pace.next();
      if (this.waitMs > 0) break;
      end += header.bytes;
      if (header.first >> 4 === CONNECT) break;
    }
    if (end === 0) return null;
    const taken = this.#held.subarray(0, end);
    this.#held = this.#held.subarray(end);
    return taken;
  }

  #check(first: number, body: Buffer): void {
    const connects = first >> 4 === CONNECT;
    if (!connects && !this.connected) throw new IllegalPacket('no CONNECT first [MQTT-3.1.0-1]');
    if (connects && this.connected) throw new IllegalPacket('a second CONNECT [MQTT-3.1.0-2]');
    checkPacket(first, body);
    this.connected = true;
  }
}

/** What is before a packet's body (section 2.2); undefined while it is not all there. */
function readHeader(bytes: Buffer): Header | undefined {
  let length = 0;
  for (let i = 1; i <= LENGTH_BYTES_MAX; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 0x80 ** (i - 1);
    if (length > PACKET_MAX_BYTES) throw new IllegalPacket('the packet is over 64 KB');
    if (byte < 0x80) return { first: bytes[0] ?? 0, headerBytes: 1 + i, bytes: 1 + i + length };
  }
  throw new IllegalPacket('the remaining length has more than four bytes (section 2.2.3)');
}

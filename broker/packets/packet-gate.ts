import { CONNECT, checkPacket } from './check-packet.ts';
import { costOf } from './cost-of.ts';
import { IllegalPacket } from './illegal-packet.ts';

/** As much as Mosquitto takes by the files that we make for it: an event has less than 20 KB. */
const PACKET_MAX_BYTES = 65_536;
const LENGTH_BYTES_MAX = 4;

/** Counts work; returns the milliseconds until it may pass. */
export type Reserve = (units: number) => number;

/** Where a packet stands in line: at which of the rates, and until when. */
interface Place {
  rate: number;
  dueMs: number | undefined;
}

interface Header {
  first: number;
  headerBytes: number;
  bytes: number;
}

/**
 * Stands before the broker on one connection: it receives bytes, and gives out packets that are whole
 * and legal, each when the work that it costs may be done. A packet is not read further before that.
 */
export class PacketGate {
  readonly #rates: readonly Reserve[];
  /** The first `#length` bytes of it are held; it has room for more only where it is this gate's own. */
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Of the first packet that is held. */
  #place: Place = { rate: 0, dueMs: undefined };
  /** Whether the CONNECT has passed; it passes alone. */
  connected = false;
  /** Milliseconds until more may be taken out; 0 where that is up to the client. */
  waitMs = 0;

  /** A packet waits for one rate after the other, so that what waits for the first burdens no other. */
  constructor(rates: readonly Reserve[]) {
    this.#rates = rates;
  }

  /** Bytes that are held. */
  get length(): number {
    return this.#length;
  }

  /** Receives bytes. What a byte costs does not depend on how many are held. */
  push(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (this.#length === 0) this.#held = bytes;
    else {
      if (length > this.#held.length) this.#grow(length);
      bytes.copy(this.#held, this.#length);
    }
    this.#length = length;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#length));
    this.#held.copy(grown, 0, 0, this.#length);
    this.#held = grown;
  }

  /** The packets that may pass now; null where none may. @throws IllegalPacket */
  take(): Buffer | null {
    let end = 0;
    this.waitMs = 0;
    for (;;) {
      const held = this.#held.subarray(end, this.#length);
      const header = readHeader(held);
      if (!header || held.length < header.bytes) break;
      const body = held.subarray(header.headerBytes, header.bytes);
      const connects = this.#checkOrder(header.first);
      if (!this.#isDue(header.first, body)) break;
      checkPacket(header.first, body);
      this.#place = { rate: 0, dueMs: undefined };
      this.connected = true;
      end += header.bytes;
      if (connects) break;
    }
    if (end === 0) return null;
    const taken = this.#held.subarray(0, end);
    this.#held = this.#held.subarray(end, this.#length);
    this.#length -= end;
    return taken;
  }

  /** Whether the packet is the CONNECT. */
  #checkOrder(first: number): boolean {
    const connects = first >> 4 === CONNECT;
    if (!connects && !this.connected) throw new IllegalPacket('no CONNECT first [MQTT-3.1.0-1]');
    if (connects && this.connected) throw new IllegalPacket('a second CONNECT [MQTT-3.1.0-2]');
    return connects;
  }

  #isDue(first: number, body: Buffer): boolean {
    const place = this.#place;
    for (; place.rate < this.#rates.length; place.rate++) {
      const now = performance.now();
      place.dueMs ??= now + (this.#rates[place.rate]?.(costOf(first >> 4, body)) ?? 0);
      this.waitMs = Math.max(0, Math.ceil(place.dueMs - now));
      if (this.waitMs > 0) return false;
      place.dueMs = undefined;
    }
    return true;
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

import { CONNECT, checkPacket } from './check-packet.ts';
import { costOf } from './cost-of.ts';
import { IllegalPacket } from './illegal-packet.ts';

/** The longest packet of a client, without its first bytes. */
export const PACKET_MAX_BYTES = 65_536;
const LENGTH_BYTES_MAX = 4;

/** Counts work; returns the milliseconds until the work may pass. */
export type Reserve = (units: number) => number;

/** The wait of a packet: for which of the rates, and until when. */
interface Wait {
  rate: number;
  dueMs: number | undefined;
}

interface Header {
  first: number;
  headerBytes: number;
  bytes: number;
}

/**
 * Checks one connection's bytes before the broker reads them. It receives bytes and returns whole,
 * legal packets, each when its work may be done. The content of a packet is not checked before
 * that.
 */
export class PacketGate {
  readonly #rates: readonly Reserve[];
  readonly #maxBytes: () => number;
  /**
   * The first `#length` bytes are held. Only a buffer that this gate allocated has space for more.
   */
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  /** The wait of the first held packet. */
  #wait: Wait = { rate: 0, dueMs: undefined };
  /** True once the CONNECT has passed; it passes alone. */
  connected = false;
  /** Milliseconds until more packets may pass; 0 when the gate waits for bytes of the client. */
  waitMs = 0;

  /**
   * A packet waits for one rate after the other, so that it uses no later rate while it waits.
   * `maxBytes` gives the longest packet that the client may send now.
   */
  constructor(rates: readonly Reserve[], maxBytes = () => PACKET_MAX_BYTES) {
    this.#rates = rates;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held. */
  get length(): number {
    return this.#length;
  }

  /** Receives bytes. The cost of a byte does not depend on how many bytes are held. */
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

  /**
   * Returns the packets that may pass now; null when there are none.
   * @throws IllegalPacket
   */
  take(): Buffer | null {
    let end = 0;
    this.waitMs = 0;
    for (;;) {
      const held = this.#held.subarray(end, this.#length);
      const header = readHeader(held, this.#maxBytes());
      if (!header || held.length < header.bytes) break;
      const body = held.subarray(header.headerBytes, header.bytes);
      const connects = this.#checkOrder(header.first);
      if (!this.#isDue(header.first, body)) break;
      checkPacket(header.first, body);
      this.#wait = { rate: 0, dueMs: undefined };
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

  /** True for the CONNECT. */
  #checkOrder(first: number): boolean {
    const connects = first >> 4 === CONNECT;
    if (!connects && !this.connected)
      throw new IllegalPacket('the first packet is not CONNECT [MQTT-3.1.0-1]');
    if (connects && this.connected) throw new IllegalPacket('a second CONNECT [MQTT-3.1.0-2]');
    return connects;
  }

  #isDue(first: number, body: Buffer): boolean {
    const wait = this.#wait;
    for (; wait.rate < this.#rates.length; wait.rate++) {
      const now = performance.now();
      wait.dueMs ??= now + (this.#rates[wait.rate]?.(costOf(first >> 4, body)) ?? 0);
      this.waitMs = Math.max(0, Math.ceil(wait.dueMs - now));
      if (this.waitMs > 0) return false;
      wait.dueMs = undefined;
    }
    return true;
  }
}

/** Reads the bytes before a packet's body (section 2.2); undefined while some are missing. */
function readHeader(bytes: Buffer, maxBytes: number): Header | undefined {
  let length = 0;
  for (let i = 1; i <= LENGTH_BYTES_MAX; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 0x80 ** (i - 1);
    if (length > maxBytes) throw new IllegalPacket(`the packet is over ${maxBytes / 1_024} KB`);
    if (byte < 0x80) return { first: bytes[0] ?? 0, headerBytes: 1 + i, bytes: 1 + i + length };
  }
  throw new IllegalPacket('the remaining length has more than four bytes (section 2.2.3)');
}

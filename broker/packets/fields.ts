import { isUtf8 } from 'node:buffer';
import { IllegalPacket } from './illegal-packet.ts';

/** Reads the fields of a packet one after the other. */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  number(): number {
    return this.#take(2).readUInt16BE();
  }

  /** Binary data with its length before it. */
  data(): Buffer {
    return this.#take(this.number());
  }

  /** Text with its length before it: UTF-8 without surrogates and U+0000. */
  text(): string {
    const bytes = this.data();
    if (!isUtf8(bytes)) throw new IllegalPacket('a text is not UTF-8 [MQTT-1.5.3-1]');
    if (bytes.includes(0)) throw new IllegalPacket('a text holds U+0000 [MQTT-1.5.3-2]');
    return bytes.toString();
  }

  /** Checks the packet id of a packet that needs an answer. */
  packetId(): void {
    if (this.number() === 0) throw new IllegalPacket('the packet id is 0 [MQTT-2.3.1-1]');
  }

  /** Checks that no bytes are left. */
  end(): void {
    if (this.left > 0) throw new IllegalPacket('the packet is longer than its fields');
  }

  #take(length: number): Buffer {
    if (this.left < length) throw new IllegalPacket('the packet is shorter than its fields');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

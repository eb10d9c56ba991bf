import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../until.ts';

/** A client that sends exactly the given bytes. */
export interface MqttSocket extends Disposable {
  socket: Socket;
  /** The bytes received so far. */
  received(): Buffer;
  send(...packets: Buffer[]): void;
  /** Resolves when this number of bytes has arrived. */
  came(bytes: number): Promise<void>;
  /** Resolves with the received bytes when the broker has closed the connection. */
  closed(): Promise<Buffer>;
}

/** Connects to an address `mqtt://host:port`. */
export async function openMqttSocket(url: string): Promise<MqttSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return {
    socket,
    received: () => received,
    send: (...packets) => void socket.write(Buffer.concat(packets)),
    came: (bytes) => until('the bytes arrived', () => received.length >= bytes),
    closed: () => closed.then(() => received),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** A packet with this first byte, and its length before its body. */
export function packet(first: number, ...body: (Buffer | number[])[]): Buffer {
  const bytes = Buffer.concat(body.map((part) => Buffer.from(part)));
  const length: number[] = [];
  for (let left = bytes.length; left > 0 || length.length === 0; left = Math.floor(left / 128)) {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([first, ...length]), bytes]);
}

/** A text, or bytes in its place, after its length. */
export function text(value: string | number[]): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A valid CONNECT packet, except for the given fields. */
export function connectPacket({
  name = 'MQTT' as string | number[],
  level = 4,
  flags = 2,
  id = 'raw' as string | number[],
  rest = [] as Buffer[],
} = {}): Buffer {
  return packet(0x10, text(name), [level, flags, 0, 60], text(id), ...rest);
}

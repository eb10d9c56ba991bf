import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './until.ts';

/** A client that sends the very bytes that it is told to. */
export interface MqttSocket extends Disposable {
  socket: Socket;
  /** What came so far. */
  received(): Buffer;
  send(...packets: Buffer[]): void;
  /** Resolves when so many bytes have come. */
  came(bytes: number): Promise<void>;
  /** Resolves with what came before the broker closed the connection. */
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
    came: (bytes) => until('the bytes came', () => received.length >= bytes),
    closed: () => closed.then(() => received),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** A packet of that first byte, with its length before its body. */
export function packet(first: number, ...body: (Buffer | number[])[]): Buffer {
  const bytes = Buffer.concat(body.map((part) => Buffer.from(part)));
  const length: number[] = [];
  for (let left = bytes.length; left > 0 || length.length === 0; left = Math.floor(left / 128)) {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([first, ...length]), bytes]);
}

/** Text, or bytes in its place, with its length before it. */
export function text(value: string | number[]): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A CONNECT packet that is right but for what is given. */
export function connectPacket({
  name = 'MQTT' as string | number[],
  level = 4,
  flags = 2,
  id = 'raw' as string | number[],
  rest = [] as Buffer[],
} = {}): Buffer {
  return packet(0x10, text(name), [level, flags, 0, 60], text(id), ...rest);
}

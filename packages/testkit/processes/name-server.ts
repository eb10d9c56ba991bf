import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A name server over UDP that answers from `names`. */
export interface NameServer extends AsyncDisposable {
  port: number;
  /** The IPv4 addresses of each name; other names do not exist. */
  names: Map<string, string[]>;
  /** The names that clients have asked for. */
  asked: Set<string>;
}

const HEADER_BYTES = 12;
const AUTHORITATIVE_ANSWER = 0x8580;
const NO_SUCH_NAME = 3;
const TTL_SECONDS = 600;

/**
 * Starts a name server on 127.0.0.1 (RFC 1035 section 4) that answers questions for A records, with
 * the time to live of Docker's name server.
 */
export async function startNameServer(): Promise<NameServer> {
  const names = new Map<string, string[]>();
  const asked = new Set<string>();
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    socket.send(answer(question, names), port, address);
    asked.add(readName(question).name);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    names,
    asked,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

function answer(question: Buffer, names: Map<string, string[]>): Buffer {
  const { name, end } = readName(question);
  const addresses = names.get(name);
  const head = Buffer.from(question.subarray(0, end + 4));
  head.writeUInt16BE(AUTHORITATIVE_ANSWER + (addresses ? 0 : NO_SUCH_NAME), 2);
  head.writeUInt16BE(addresses?.length ?? 0, 6);
  head.fill(0, 8, HEADER_BYTES);
  return Buffer.concat([head, ...(addresses ?? []).map(addressRecord)]);
}

/** The name in the question, and its end. */
function readName(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

/** An A record of the name at the packet's beginning, to which a pointer refers (section 4.1.4). */
function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 + HEADER_BYTES, 0);
  record.writeUInt16BE(1, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  for (const [i, byte] of address.split('.').entries()) record.writeUInt8(Number(byte), 12 + i);
  return record;
}

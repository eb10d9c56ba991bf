import type { Duplex } from 'node:stream';
import { IllegalPacket } from './illegal-packet.ts';
import type { PacketGate } from './packet-gate.ts';

const CONNACK = 0x20;
/** How long a refused client may take to read the reason. */
const LEAVE_LIMIT_MS = 1_000;
/** The shortest wait: many small packets then pass in one turn. */
const SHORTEST_WAIT_MS = 10;

/**
 * Makes reads of a connection return only legal packets, at the client's pace. An illegal packet
 * ends the connection [MQTT-4.8.0-1], after a CONNACK where there is one for it. After its CONNECT
 * nothing passes until the client is let in; the code that lets it in then emits `readable` on the
 * connection.
 */
export function guard(
  connection: Duplex,
  {
    gate,
    isLetIn,
    refused,
    grown,
  }: {
    gate: PacketGate;
    isLetIn: () => boolean;
    refused: (error: IllegalPacket) => void;
    /** Called when the gate may hold more bytes than before. */
    grown: () => void;
  },
): void {
  const read = connection.read.bind(connection);
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  const refuse = (error: IllegalPacket) => {
    over = true;
    refused(error);
    if (error.returnCode === undefined) return void connection.destroy();
    connection.end(Buffer.from([CONNACK, 2, 0, error.returnCode]));
    setTimeout(() => connection.destroy(), LEAVE_LIMIT_MS).unref();
  };
  const readAgain = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => connection.emit('readable'), Math.max(ms, SHORTEST_WAIT_MS));
  };

  connection.read = (size?: number) => {
    // With size 0 a stream only fills its own buffer.
    if (size === 0) return read(0);
    if (over || (gate.connected && !isLetIn())) return null;
    try {
      const packets = takeFrom(gate, read);
      grown();
      if (gate.waitMs > 0) readAgain(gate.waitMs);
      return packets;
    } catch (error) {
      if (!(error instanceof IllegalPacket)) throw error;
      refuse(error);
      return null;
    }
  };
  connection.once('close', () => clearTimeout(timer));
}

/**
 * Returns the received packets that may pass. While packets wait for their pace, new bytes stay
 * unread.
 */
function takeFrom(gate: PacketGate, read: () => Buffer | null): Buffer | null {
  for (;;) {
    const bytes = gate.waitMs > 0 ? null : read();
    if (bytes) gate.push(bytes);
    const packets = gate.take();
    // A stream emits `readable` again only after it was read to its end.
    if (packets || !bytes) return packets;
  }
}

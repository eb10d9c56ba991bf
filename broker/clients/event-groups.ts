import { eventsTopic } from '@parley/contract/channels/topic.ts';
import { linesOf } from '@parley/contract/lines.ts';
import type { PublishPacket } from 'aedes';

/** Aedes numbers the messages of a broker; a client drops one whose number is not above its last. */
type Numbered = PublishPacket & { brokerCounter?: number };

const EVENTS = eventsTopic('');
const LINE_END = '\n';

/**
 * The messages for a client that takes events one by one: a message of several events, one a line, becomes
 * one for each. Their numbers lie between that of the message and the next.
 */
export function eachEvent(packet: Numbered): Numbered[] {
  const payload = packet.payload as Buffer;
  if (!packet.topic.startsWith(EVENTS) || !payload.includes(LINE_END)) return [packet];
  const { brokerCounter = 0 } = packet;
  const lines = [...linesOf(payload)];
  return lines.map((line, i) => ({
    ...packet,
    payload: line,
    brokerCounter: brokerCounter + i / lines.length,
  }));
}

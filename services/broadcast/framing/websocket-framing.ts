import { DATA_LINE, FRAME_END, LINE_END, resetOfOne } from '@parley/contract/streams/sse.ts';
import {
  EXPIRED_TEXT,
  encodeHelloText,
  encodeMuteText,
  encodePresenceText,
  encodeReadText,
  encodeResetText,
  encodeRetryText,
} from '@parley/contract/streams/websocket.ts';
import type { Framing } from './framing.ts';

/** The first byte of an unfragmented frame: FIN and the opcode (RFC 6455 section 5.2). */
const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;
/** Close code 1008, "policy violation" (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = Buffer.from([0x03, 0xf0]);
/** Close code 1012, "service restart" (IANA's registry of WebSocket close codes). */
const SERVICE_RESTART = Buffer.from([0x03, 0xf4]);

/** JSON texts in WebSocket frames; a server does not mask them (RFC 6455 section 5.1). */
export const webSocketFraming: Framing = {
  events: (frames) => Buffer.concat(payloads(frames).flatMap((text) => [header(TEXT, text), text])),
  placesHello: false,
  hello: (hello) => textFrame(encodeHelloText(hello)),
  reset: (reset) => textFrame(encodeResetText(resetOfOne(reset))),
  presence: (presence) => textFrame(encodePresenceText(presence)),
  read: (position) => textFrame(encodeReadText(position)),
  mute: (change) => textFrame(encodeMuteText(change)),
  heartbeat: frame(PING, Buffer.alloc(0)),
  expired: Buffer.concat([textFrame(EXPIRED_TEXT), frame(CLOSE, POLICY_VIOLATION)]),
  goodbye: (retryMs) =>
    Buffer.concat([textFrame(encodeRetryText(retryMs)), frame(CLOSE, SERVICE_RESTART)]),
};

/** The same for a client that reads several channels. */
export const manyWebSocketFraming: Framing = {
  ...webSocketFraming,
  reset: (reset) => textFrame(encodeResetText(reset)),
};

/** The same for a client that wants no presence. */
export const quietManyFraming: Framing = {
  ...manyWebSocketFraming,
  presence: () => Buffer.alloc(0),
};

/** The JSON texts of Server-Sent Events; each event has one line of data. */
function payloads(frames: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let end = 0; end < frames.length; ) {
    const from = frames.indexOf(DATA_LINE, end) + DATA_LINE.length;
    const to = frames.indexOf(LINE_END, from);
    found.push(frames.subarray(from, to));
    end = frames.indexOf(FRAME_END, to) + FRAME_END.length;
  }
  return found;
}

function textFrame(text: string): Buffer {
  return frame(TEXT, Buffer.from(text));
}

function frame(first: number, payload: Buffer): Buffer {
  return Buffer.concat([header(first, payload), payload]);
}

/**
 * The bytes before a payload: the first byte, then the length in 7 bits, or in the 16 or 64 bits
 * after them.
 */
function header(first: number, { length }: Buffer): Buffer {
  if (length < 126) return Buffer.from([first, length]);
  if (length < 0x10000) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(10);
  bytes[0] = first;
  bytes[1] = 127;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

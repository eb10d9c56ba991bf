import {
  DATA_LINE,
  EXPIRED_FRAME,
  encodeHelloFrame,
  encodePresenceFrame,
  encodeResetFrame,
  encodeRetryLine,
  FRAME_END,
  HEARTBEAT_EVENT_FRAME,
  HEARTBEAT_FRAME,
} from '@parley/contract/streams/sse.ts';
import type { Framing } from './framing.ts';

/**
 * How long readers wait before they reconnect, spread so that they do not all return at once after
 * a crash.
 */
const RETRY_MIN_MS = 500;
const RETRY_SPREAD_MS = 1_000;

/** Server-Sent Events (WHATWG HTML, section 9.2). */
export const sseFraming: Framing = {
  events: (frames) => frames,
  hello: (hello) => Buffer.from(encodeHelloFrame(hello, retryMs())),
  reset: (reset) => Buffer.from(encodeResetFrame(reset)),
  presence: (presence) => Buffer.from(encodePresenceFrame(presence)),
  heartbeat: Buffer.from(HEARTBEAT_FRAME),
  expired: Buffer.from(EXPIRED_FRAME),
  goodbye: (ms) => Buffer.from(encodeRetryLine(ms)),
};

const visibleHeartbeats = { heartbeat: Buffer.from(HEARTBEAT_EVENT_FRAME) };
const untyped = { events: withoutNames };

/**
 * The framings of Server-Sent Events, each made once: readers with the same framing share bytes.
 * With `visible` heartbeats are events, which a page can see. With `untyped` the log's events have
 * no names, for readers that have only `onmessage`.
 */
export const sseFramings = {
  plain: sseFraming,
  visible: { ...sseFraming, ...visibleHeartbeats },
  untyped: { ...sseFraming, ...untyped },
  visibleUntyped: { ...sseFraming, ...visibleHeartbeats, ...untyped },
} as const satisfies Record<string, Framing>;

/** The frames of events without the line with the event's name. */
function withoutNames(frames: Buffer): Buffer {
  const unnamed: Buffer[] = [];
  for (let end = 0; end < frames.length; ) {
    const from = frames.indexOf(DATA_LINE, end);
    end = frames.indexOf(FRAME_END, from) + FRAME_END.length;
    unnamed.push(frames.subarray(from, end));
  }
  return Buffer.concat(unnamed);
}

function retryMs(): number {
  return RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS;
}

import {
  EXPIRED_FRAME,
  encodeHelloFrame,
  encodePresenceFrame,
  encodeResetFrame,
  encodeRetryLine,
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

/** Server-Sent Events with heartbeats that a page can see. */
export const visibleHeartbeats: Framing = {
  ...sseFraming,
  heartbeat: Buffer.from(HEARTBEAT_EVENT_FRAME),
};

function retryMs(): number {
  return RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS;
}

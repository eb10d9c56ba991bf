import {
  EXPIRED_FRAME,
  encodeHelloFrame,
  encodePresenceFrame,
  encodeResetFrame,
  encodeRetryFrame,
  HEARTBEAT_EVENT_FRAME,
  HEARTBEAT_FRAME,
} from '@parley/contract/sse.ts';
import type { Framing } from './framing.ts';

/** Server-Sent Events (WHATWG HTML, section 9.2). */
export const sseFraming: Framing = {
  events: (frames) => frames,
  hello: (hello) => Buffer.from(encodeHelloFrame(hello)),
  reset: (reset) => Buffer.from(encodeResetFrame(reset)),
  presence: (presence) => Buffer.from(encodePresenceFrame(presence)),
  heartbeat: Buffer.from(HEARTBEAT_FRAME),
  expired: Buffer.from(EXPIRED_FRAME),
  goodbye: (retryMs) => Buffer.from(encodeRetryFrame(retryMs)),
};

/** The same with heartbeats as events, by which a page finds out that its connection is dead. */
export const sseFramingWithHeartbeats: Framing = {
  ...sseFraming,
  heartbeat: Buffer.from(HEARTBEAT_EVENT_FRAME),
};

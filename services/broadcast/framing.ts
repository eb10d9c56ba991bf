import type { PresenceChange } from '@parley/contract/presence.ts';
import type { Hello, Reset } from '@parley/contract/sse.ts';

/** How a stream is written on its socket: as Server-Sent Events, or as WebSocket frames. */
export interface Framing {
  /** Events framed as Server-Sent Events, which is how they are kept, in this framing. */
  events(frames: Buffer): Buffer;
  hello(hello: Hello): Buffer;
  reset(reset: Reset): Buffer;
  presence(presence: PresenceChange): Buffer;
  heartbeat: Buffer;
  /** The last that a reader gets whose token has expired. */
  expired: Buffer;
  /** The last that a reader gets from a server that stops: after how long to come back. */
  goodbye(retryMs: number): Buffer;
}

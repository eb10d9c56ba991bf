import type { MuteChange } from '@parley/contract/channels/mute.ts';
import type { PresenceChange } from '@parley/contract/channels/presence.ts';
import type { ReadPosition } from '@parley/contract/channels/read-position.ts';
import type { Hello, ManyHello, Reset } from '@parley/contract/streams/sse.ts';

/** How a stream is written on its socket: as Server-Sent Events, or as WebSocket frames. */
export interface Framing {
  /** Converts events to this framing; they are kept framed as Server-Sent Events. */
  events(frames: Buffer): Buffer;
  /** True when hello has an id. */
  placesHello: boolean;
  /** `id`: the position at which the stream begins; absent when past events or a reset follow. */
  hello(hello: Hello | ManyHello, id?: string): Buffer;
  reset(reset: Reset): Buffer;
  presence(presence: PresenceChange): Buffer;
  read(position: ReadPosition): Buffer;
  mute(change: MuteChange): Buffer;
  heartbeat: Buffer;
  /** The last bytes for a reader whose token has expired. */
  expired: Buffer;
  /** The last bytes from a server that stops; they have the time after which the reader reconnects. */
  goodbye(retryMs: number): Buffer;
}

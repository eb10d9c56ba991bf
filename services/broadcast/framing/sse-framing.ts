import {
  DATA_LINE,
  EXPIRED_FRAME,
  encodeHelloFrame,
  encodeMuteFrame,
  encodePresenceFrame,
  encodeReadFrame,
  encodeResetFrame,
  encodeRetryLine,
  FRAME_END,
  HEARTBEAT_EVENT_FRAME,
  HEARTBEAT_FRAME,
  type Reset,
  resetOfOne,
} from '@parley/contract/streams/sse.ts';
import type { Framing } from './framing.ts';

/**
 * How long readers wait before they reconnect, spread so that they do not all return at once after
 * a crash.
 */
const RETRY_MIN_MS = 500;
const RETRY_SPREAD_MS = 1_000;

/** Server-Sent Events (WHATWG HTML, section 9.2) for a reader of one channel. */
export const sseFraming: Framing = {
  events: (frames) => frames,
  placesHello: false,
  hello: (hello, id) => Buffer.from(encodeHelloFrame(hello, retryMs(), id)),
  reset: (reset) => Buffer.from(encodeResetFrame(resetOfOne(reset))),
  presence: (presence) => Buffer.from(encodePresenceFrame(presence)),
  read: (position) => Buffer.from(encodeReadFrame(position)),
  mute: (change) => Buffer.from(encodeMuteFrame(change)),
  heartbeat: Buffer.from(HEARTBEAT_FRAME),
  expired: Buffer.from(EXPIRED_FRAME),
  goodbye: (ms) => Buffer.from(encodeRetryLine(ms)),
};

const WISHES = {
  visible: { heartbeat: Buffer.from(HEARTBEAT_EVENT_FRAME) },
  untyped: { events: withoutNames },
  placed: { placesHello: true },
  many: { reset: (reset: Reset) => Buffer.from(encodeResetFrame(reset)) },
} satisfies Record<string, Partial<Framing>>;

/**
 * What a reader asks for. `visible`: heartbeats are events, which a page can see. `untyped`: the
 * log's events have no names, for readers that have only `onmessage`. `placed`: hello has the position
 * at which the stream begins. `many`: of several channels.
 */
export type Wish = keyof typeof WISHES;

const framings = new Map<string, Framing>();

/** The framing with some wishes. Each is made once: readers with the same framing share bytes. */
export function sseFramingFor(wishes: Wish[]): Framing {
  const key = wishes.join();
  const own = wishes.map((wish) => WISHES[wish]);
  const framing = framings.get(key) ?? Object.assign({}, sseFraming, ...own);
  framings.set(key, framing);
  return framing;
}

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

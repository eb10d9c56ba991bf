import type { MuteChange } from '../channels/mute.ts';
import type { PresenceChange } from '../channels/presence.ts';
import type { ReadPosition } from '../channels/read-position.ts';
import { type ChatEvent, encodeEvent } from '../events/event.ts';
import { encodeSignal, type Signal } from '../events/signal.ts';
import { parseKeepingData } from '../json-text.ts';

/**
 * Server-Sent Events as the WHATWG HTML standard frames them (section 9.2.6, "Interpreting an
 * event stream"). JSON text has no raw line breaks, so each payload is one `data:` line.
 */

/** What a reader gets first. `epoch` is null while the channel has no events. */
export interface Hello {
  server: string;
  channel: string;
  epoch: string | null;
  head: number;
  /** The channel is closed at `head`. */
  closed?: true;
  /** It is archived: closed, and not listed. */
  archived?: true;
  /** Name of this stream, for renewing it in place: `<instance>.<random>`. */
  stream: string;
}

/** The state of a channel, as in `Hello`. */
export type ChannelState = Omit<Hello, 'server' | 'stream'>;

/** What a reader of several channels gets first. */
export interface ManyHello {
  server: string;
  channels: ChannelState[];
  stream: string;
}

/**
 * Why a reader's position could not be used; the stream continues from the head. `gone`: the channel
 * was deleted, or is hidden from the reader.
 */
export type PositionFault = 'malformed' | 'epoch' | 'ahead' | 'expired' | 'gone';

/**
 * Why a reader of several channels gets no more of one: its right to read the channel has ended, the
 * stream has as many channels as it may have, or the private channel was deleted.
 */
export type LeftOut = 'forbidden' | 'too-many-channels' | 'gone';

/** `renamed`: the channel is called `to` now, where the position is valid. */
export type ResetReason = PositionFault | LeftOut | 'renamed';

/** `history` is where the past events are; absent for a channel that is left out. */
export interface Reset {
  channel: string;
  reason: ResetReason;
  history?: string;
  to?: string;
}

/** What a reader of one channel gets of a reset: no name, or with `renamed` the name that it has now. */
export function resetOfOne({ channel: _, to, ...reset }: Reset): Partial<Reset> {
  return to === undefined ? reset : { ...reset, channel: to };
}

/**
 * A comment line, which EventSource ignores. It keeps proxies from closing the connection and shows
 * half-open connections. No empty line follows it: clients that read block by block would see an
 * empty event.
 */
export const HEARTBEAT_FRAME = ':\n';

/** The beginning of each frame's data line, and the end of a frame; neither occurs in JSON text. */
export const DATA_LINE = 'data: ';
export const LINE_END = '\n';
export const FRAME_END = '\n\n';

/**
 * Frames an event of the log. A message is the default event, so that `onmessage` gets it; a typed
 * event is named by its type, other events by their kind. The id is the last line: some clients keep an id as soon as they
 * have read its line, and would skip an event whose data was cut
 * (docs/decisions/streams/0035-order-of-fields.md).
 */
export function encodeEventFrame(event: ChatEvent): string {
  return `${nameLineOf(event)}${DATA_LINE}${encodeEvent(inStream(event))}\nid: ${event.id}${FRAME_END}`;
}

/**
 * An event without its number of replies: a reader counts the replies that follow in the stream, and
 * would count them twice.
 */
function inStream(event: ChatEvent): ChatEvent {
  if (event.kind !== 'message' || event.replies === undefined) return event;
  const { replies: _, ...message } = event;
  return message;
}

function nameLineOf(event: ChatEvent): string {
  if (event.kind === 'message') return '';
  return `event: ${event.kind === 'event' ? event.type : event.kind}\n`;
}

/** Frames a signal. It has no id, so that a reader resumes at the event before it. */
export function encodeSignalFrame(signal: Signal): string {
  return `event: signal\n${DATA_LINE}${encodeSignal(signal)}${FRAME_END}`;
}

/** Reads the event of a frame that `encodeEventFrame` made. */
export function decodeEventFrame(frame: string): ChatEvent {
  const from = frame.indexOf(DATA_LINE) + DATA_LINE.length;
  return parseKeepingData(frame.slice(from, frame.indexOf(LINE_END, from))) as ChatEvent;
}

/** A heartbeat as an event, for readers that ask for one that a page can see. */
export const HEARTBEAT_EVENT_FRAME = `event: heartbeat\n${DATA_LINE}{}${FRAME_END}`;

/** Last frame of a stream whose reader's token has expired. */
export const EXPIRED_FRAME = `event: expired\n${DATA_LINE}{}${FRAME_END}`;

/**
 * The first frame for a reader. `retryMs` is how long the reader waits before it reconnects, and `id`
 * the position at which the stream begins, if the reader asks for it.
 */
export function encodeHelloFrame(hello: Hello | ManyHello, retryMs?: number, id?: string): string {
  const retry = retryMs === undefined ? '' : encodeRetryLine(retryMs);
  const idLine = id === undefined ? '' : `\nid: ${id}`;
  return `${retry}event: hello\n${DATA_LINE}${JSON.stringify(hello)}${idLine}${FRAME_END}`;
}

/** Frames a reset, of one channel as `resetOfOne` gives it. */
export function encodeResetFrame(reset: Partial<Reset>): string {
  return `event: reset\n${DATA_LINE}${JSON.stringify(reset)}${FRAME_END}`;
}

export function encodePresenceFrame(presence: PresenceChange): string {
  return `event: presence\n${DATA_LINE}${JSON.stringify(presence)}${FRAME_END}`;
}

/** Frames a read position of the stream's own account. It has no id: the position in the stream stays. */
export function encodeReadFrame({ channel, seq }: ReadPosition): string {
  return `event: read\n${DATA_LINE}${JSON.stringify({ channel, seq })}${FRAME_END}`;
}

/** Frames a changed mute of the stream's own account. It has no id, as a read position. */
export function encodeMuteFrame({ channel, until }: MuteChange): string {
  return `event: mute\n${DATA_LINE}${JSON.stringify({ channel, until })}${FRAME_END}`;
}

/**
 * Sets how long the reader waits before it reconnects; the line takes effect at once (section
 * 9.2.6). It is not a block of its own: it belongs to the block that follows, or ends the stream.
 */
export function encodeRetryLine(ms: number): string {
  return `retry: ${Math.round(ms)}\n`;
}

import type { ChatEvent } from './event.ts';
import type { PresenceChange } from './presence.ts';

/**
 * Server-Sent Events as the WHATWG HTML standard frames them (section 9.2.6, "Interpreting an
 * event stream"). JSON text has no raw line breaks, so each payload is one `data:` line.
 */

/** What a reader is told before anything else. `epoch` is null while the channel has no events. */
export interface Hello {
  server: string;
  channel: string;
  epoch: string | null;
  head: number;
  /** Nobody may speak in the channel, as of `head`. */
  closed?: true;
  /** Names this stream, so that it can be renewed in place: `<instance>.<random>`. */
  stream: string;
}

/** Why a reader's position could not be used; the stream goes on from the head. */
export type ResetReason = 'malformed' | 'epoch' | 'ahead' | 'expired';

export interface Reset {
  reason: ResetReason;
  history: string;
}

/**
 * A comment line: keeps proxies and half-open connections awake, and is ignored by EventSource. No
 * empty line follows it: clients that read block by block would take that for an empty event.
 */
export const HEARTBEAT_FRAME = ':\n';

/** How the line of data begins that each frame has, and how a frame ends; neither is in JSON text. */
export const DATA_LINE = 'data: ';
export const LINE_END = '\n';
export const FRAME_END = '\n\n';

/**
 * Frames an event of the log; messages are the default event, so that `onmessage` sees them, and the
 * others are named by their kind. The id is the last line: some clients keep an id as soon as they
 * have read its line, and would skip an event whose data was cut
 * (docs/decisions/0035-order-of-fields.md).
 */
export function encodeEventFrame(event: ChatEvent): string {
  const name = event.kind === 'message' ? '' : `event: ${event.kind}\n`;
  return `${name}${DATA_LINE}${JSON.stringify(event)}\nid: ${event.id}${FRAME_END}`;
}

/** Reads the event of a frame that `encodeEventFrame` made. */
export function decodeEventFrame(frame: string): ChatEvent {
  const from = frame.indexOf(DATA_LINE) + DATA_LINE.length;
  return JSON.parse(frame.slice(from, frame.indexOf(LINE_END, from)));
}

/** A heartbeat that a page can see, for readers that ask for it. */
export const HEARTBEAT_EVENT_FRAME = `event: heartbeat\n${DATA_LINE}{}${FRAME_END}`;

/** Tells a reader that its token has expired, and ends the stream. */
export const EXPIRED_FRAME = `event: expired\n${DATA_LINE}{}${FRAME_END}`;

/** Greets a reader; `retryMs` is how long it waits before it reconnects. */
export function encodeHelloFrame(hello: Hello, retryMs?: number): string {
  const retry = retryMs === undefined ? '' : encodeRetryLine(retryMs);
  return `${retry}event: hello\n${DATA_LINE}${JSON.stringify(hello)}${FRAME_END}`;
}

export function encodeResetFrame(reset: Reset): string {
  return `event: reset\n${DATA_LINE}${JSON.stringify(reset)}${FRAME_END}`;
}

export function encodePresenceFrame(presence: PresenceChange): string {
  return `event: presence\n${DATA_LINE}${JSON.stringify(presence)}${FRAME_END}`;
}

/**
 * Sets how long the reader waits before it reconnects, at once (section 9.2.6). It has no block of its
 * own: it is part of the block that follows, or the end of the stream.
 */
export function encodeRetryLine(ms: number): string {
  return `retry: ${Math.round(ms)}\n`;
}

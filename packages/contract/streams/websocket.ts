import { z } from 'zod';
import type { MuteChange } from '../channels/mute.ts';
import type { PresenceChange } from '../channels/presence.ts';
import type { ReadPosition } from '../channels/read-position.ts';
import { pickDraft, type UncheckedDraft } from '../events/draft.ts';
import { parseIdempotencyKey } from '../events/idempotency-key.ts';
import { RESERVED_TYPES } from '../events/typed-event.ts';
import { parseKeepingData } from '../json-text.ts';
import { ChatError, type ProblemCode } from '../problem.ts';
import type { ChannelState, Hello, ManyHello, Reset } from './sse.ts';

export type { ChannelState };

/**
 * The JSON texts of a WebSocket, in both directions (RFC 6455). Events of the log have the same
 * form as everywhere, with a `kind`; other texts of the server have a `type` and no `kind`. A text of
 * a client has a `type`: a word of Parley names what the client asks for, and any other word is the
 * type of an event.
 */

/** A draft that a client sends. `key` makes a repeat harmless, like an `Idempotency-Key`. */
export interface SocketDraft extends UncheckedDraft {
  key: string | undefined;
}

const frameSchema = z.looseObject({ type: z.string(), key: z.string().optional() });

/** What a client sends: its fields, before they are checked. */
export type Frame = z.infer<typeof frameSchema>;

/** @throws ChatError `malformed-json` or `malformed-request` */
export function parseFrame(text: string): Frame {
  return parseShape(parseJson(text));
}

/**
 * Reads a draft from a client; chat checks its name and text.
 * @throws ChatError `malformed-request`, `invalid-event` or `invalid-idempotency-key`
 */
export function parseSocketDraft(frame: Frame): SocketDraft {
  const { type, ...fields } = frame;
  if (type !== 'message' && RESERVED_TYPES.has(type)) throw unknownFrame();
  const draft = pickDraft(type === 'message' ? fields : frame, ['key']);
  return { ...draft, key: parseIdempotencyKey(frame.key) };
}

function parseJson(text: string): unknown {
  try {
    return parseKeepingData(text);
  } catch {
    throw new ChatError('malformed-json', 'A frame is a JSON text.');
  }
}

function parseShape(value: unknown): Frame {
  const parsed = frameSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unknownFrame();
}

function unknownFrame(): ChatError {
  return new ChatError(
    'malformed-request',
    'A frame is {"type":"message","username":"…","message":"…"} or {"type":"<your word>","data":…}, and a "key" if you may repeat it.',
  );
}

const startSchema = z.object({ lastEventId: z.string().optional(), last: z.number().optional() });

/** What the client of a connection with several channels asks for. */
export type ManyFrame =
  | { type: 'subscribe'; channel: unknown; start: z.infer<typeof startSchema> }
  | { type: 'unsubscribe'; channel: unknown }
  | { type: 'post'; channel: unknown; draft: SocketDraft };

/**
 * Reads a frame of a connection with several channels; the caller checks the channel.
 * @throws ChatError as `parseSocketDraft`
 */
export function parseManyFrame({ channel, ...frame }: Frame): ManyFrame {
  if (frame.type === 'subscribe') {
    const { type, after: lastEventId, last, ...others } = frame;
    refuseOthers(others);
    const start = startSchema.safeParse({ lastEventId, last });
    if (start.success) return { type, channel, start: start.data };
    throw new ChatError('invalid-query', '"after" is a text, "last" a number.');
  }
  if (frame.type === 'unsubscribe') {
    const { type, ...others } = frame;
    refuseOthers(others);
    return { type, channel };
  }
  return { type: 'post', channel, draft: parseSocketDraft(frame) };
}

function refuseOthers(others: Record<string, unknown>): void {
  const [name] = Object.keys(others);
  if (name === undefined) return;
  throw new ChatError('malformed-request', `"${name.slice(0, 64)}" is not a field of this frame.`);
}

/** The answer to a draft that was stored, or sent as a signal, which has no seq. */
export interface Ack {
  key: string | undefined;
  seq: number | undefined;
  /** Only on a connection with several channels. */
  channel?: string;
}

/** The answer to a message that was not stored. */
export interface Refusal {
  key: string | undefined;
  code: ProblemCode;
  detail: string;
  channel?: unknown;
  /** With `renamed`: the name that the channel has now. */
  to?: string | undefined;
}

export function encodeAckText({ key, channel, seq }: Ack): string {
  return JSON.stringify({ type: 'ack', key, channel, seq });
}

export function encodeRefusalText({ key, channel, code, detail, to }: Refusal): string {
  return JSON.stringify({ type: 'error', key, channel, code, detail, to });
}

/** The answer to a subscription; the channel's events follow. */
export function encodeSubscribedText(state: ChannelState): string {
  return JSON.stringify({ type: 'subscribed', ...state });
}

export function encodeUnsubscribedText(channel: string): string {
  return JSON.stringify({ type: 'unsubscribed', channel });
}

export function encodeHelloText(hello: Hello | ManyHello): string {
  return JSON.stringify({ type: 'hello', ...hello });
}

/** A reader of one channel gets no name of the channel. */
export function encodeResetText(reset: Partial<Reset>): string {
  return JSON.stringify({ type: 'reset', ...reset });
}

export function encodePresenceText(presence: PresenceChange): string {
  return JSON.stringify({ type: 'presence', ...presence });
}

/** A read position of the client's own account. */
export function encodeReadText({ channel, seq }: ReadPosition): string {
  return JSON.stringify({ type: 'read', channel, seq });
}

/** A changed mute of the client's own account. */
export function encodeMuteText({ channel, until }: MuteChange): string {
  return JSON.stringify({ type: 'mute', channel, until });
}

/** Last text of a stream whose client's token has expired. */
export const EXPIRED_TEXT = JSON.stringify({ type: 'expired' });

/** Sets how long the client waits before it reconnects. */
export function encodeRetryText(ms: number): string {
  return JSON.stringify({ type: 'retry', ms: Math.round(ms) });
}

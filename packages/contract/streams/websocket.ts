import { z } from 'zod';
import type { PresenceChange } from '../channels/presence.ts';
import { pickDraft, type UncheckedDraft } from '../events/draft.ts';
import { parseIdempotencyKey } from '../events/idempotency-key.ts';
import { RESERVED_TYPES } from '../events/typed-event.ts';
import { parseKeepingData } from '../json-text.ts';
import { ChatError, type ProblemCode } from '../problem.ts';
import type { Hello, ManyHello, Reset } from './sse.ts';

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

/**
 * Reads a draft from a client; chat checks its name and text.
 * @throws ChatError `malformed-json`, `malformed-request`, `invalid-event` or
 * `invalid-idempotency-key`
 */
export function parseSocketDraft(text: string): SocketDraft {
  const frame = parseShape(parseJson(text));
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

function parseShape(value: unknown): z.infer<typeof frameSchema> {
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

/** The answer to a draft that was stored, or sent as a signal, which has no seq. */
export interface Ack {
  key: string | undefined;
  seq: number | undefined;
}

/** The answer to a message that was not stored. */
export interface Refusal {
  key: string | undefined;
  code: ProblemCode;
  detail: string;
}

export function encodeAckText({ key, seq }: Ack): string {
  return JSON.stringify({ type: 'ack', key, seq });
}

export function encodeRefusalText({ key, code, detail }: Refusal): string {
  return JSON.stringify({ type: 'error', key, code, detail });
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

/** Last text of a stream whose client's token has expired. */
export const EXPIRED_TEXT = JSON.stringify({ type: 'expired' });

/** Sets how long the client waits before it reconnects. */
export function encodeRetryText(ms: number): string {
  return JSON.stringify({ type: 'retry', ms: Math.round(ms) });
}

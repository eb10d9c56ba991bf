import { z } from 'zod';
import type { PresenceChange } from '../channels/presence.ts';
import { parseIdempotencyKey } from '../events/idempotency-key.ts';
import { ChatError, type ProblemCode } from '../problem.ts';
import type { Hello, Reset } from './sse.ts';

/**
 * The JSON texts of a WebSocket, in both directions (RFC 6455). Events of the log have the same
 * form as everywhere; other texts have a `type`.
 */

/** A draft that a client sends. `key` makes a repeat harmless, like an `Idempotency-Key`. */
export interface SocketDraft {
  username: unknown;
  message: unknown;
  key: string | undefined;
}

const socketDraftSchema = z.object({
  type: z.literal('message'),
  username: z.unknown().optional(),
  message: z.unknown().optional(),
  key: z.string().optional(),
});

/**
 * Reads a draft from a client; chat checks its name and text.
 * @throws ChatError `malformed-json`, `malformed-request` or `invalid-idempotency-key`
 */
export function parseSocketDraft(text: string): SocketDraft {
  const { username, message, key } = parseShape(parseJson(text));
  return { username, message, key: parseIdempotencyKey(key) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ChatError('malformed-json', 'A frame is a JSON text.');
  }
}

function parseShape(value: unknown): z.infer<typeof socketDraftSchema> {
  const parsed = socketDraftSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ChatError(
    'malformed-request',
    'A frame is {"type":"message","username":"…","message":"…"}, and a "key" if you may repeat it.',
  );
}

/** The answer to a message that was stored. */
export interface Ack {
  key: string | undefined;
  seq: number;
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

export function encodeHelloText(hello: Hello): string {
  return JSON.stringify({ type: 'hello', ...hello });
}

export function encodeResetText(reset: Reset): string {
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

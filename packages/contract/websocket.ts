import { z } from 'zod';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { PresenceChange } from './presence.ts';
import { ChatError, type ProblemCode } from './problem.ts';
import type { Hello, Reset } from './sse.ts';

/**
 * What goes both ways on a WebSocket, as JSON texts (RFC 6455). Events of the log are sent as they
 * are everywhere; what is not in the log names its `type`.
 */

/** What a client says. `key` makes a repeat harmless, as an `Idempotency-Key` does. */
export interface Said {
  username: unknown;
  message: unknown;
  key: string | undefined;
}

const saidSchema = z.object({
  type: z.literal('message'),
  username: z.unknown().optional(),
  message: z.unknown().optional(),
  key: z.string().optional(),
});

/**
 * Reads what a client sent; its name and text are chat's to check.
 * @throws ChatError `malformed-json`, `malformed-request` or `invalid-idempotency-key`
 */
export function parseSaid(text: string): Said {
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

function parseShape(value: unknown): z.infer<typeof saidSchema> {
  const parsed = saidSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ChatError(
    'malformed-request',
    'A frame is {"type":"message","username":"…","message":"…"}, with a "key" where it may be repeated.',
  );
}

/** The answer to a message that was stored. */
export interface Ack {
  key: string | undefined;
  seq: number;
}

/** The answer to one that was not. */
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

/** Tells a client that its token has expired, and ends the stream. */
export const EXPIRED_TEXT = JSON.stringify({ type: 'expired' });

/** How long the client waits before it comes back. */
export function encodeRetryText(ms: number): string {
  return JSON.stringify({ type: 'retry', ms: Math.round(ms) });
}

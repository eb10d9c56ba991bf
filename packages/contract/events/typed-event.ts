import { type JsonText, nestingOf } from '../json-text.ts';
import { ChatError } from '../problem.ts';

const TYPE = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const NESTING_MAX = 64;

/**
 * Words that no typed event may have as its type: names that EventSource uses itself, and names of
 * Parley's own events and frames, also of those that are planned.
 */
export const RESERVED_TYPES: ReadonlySet<string> = new Set([
  'access',
  'ack',
  'archive',
  'close',
  'delete',
  'edit',
  'error',
  'event',
  'expired',
  'heartbeat',
  'hello',
  'member',
  'message',
  'mute',
  'open',
  'presence',
  'reaction',
  'read',
  'rename',
  'reopen',
  'reset',
  'retry',
  'signal',
  'subscribe',
  'subscribed',
  'suspend',
  'unsubscribe',
  'unsubscribed',
  'vote',
]);

/** The answer to a stored POST of a typed event. `username` is absent for an event without one. */
export interface EventReceipt {
  channel: string;
  epoch: string;
  seq: number;
  id: string;
  at: string;
  type: string;
  username?: string;
  server: string;
}

/** Checks the type of a typed event. @throws ChatError `invalid-type` */
export function parseType(value: unknown): string {
  if (typeof value !== 'string' || !TYPE.test(value)) {
    throw new ChatError(
      'invalid-type',
      'A type is a text of 1 to 64 letters A to Z, digits, ".", "_" and "-", and begins with a letter.',
    );
  }
  if (RESERVED_TYPES.has(value)) {
    throw new ChatError(
      'invalid-type',
      `"${value}" is a word of Parley or of EventSource; choose another type, such as "my.${value}".`,
    );
  }
  return value;
}

/** Checks the data of an event. @throws ChatError `invalid-event` when it is nested too deeply */
export function parseData(data: JsonText): JsonText {
  if (nestingOf(data) <= NESTING_MAX) return data;
  throw new ChatError(
    'invalid-event',
    `The data is nested more than ${NESTING_MAX} levels deep; send flatter data.`,
  );
}

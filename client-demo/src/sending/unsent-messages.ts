import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.unsent';

/** A message that the server has not acknowledged. It keeps its key until then. */
export interface UnsentMessage {
  key: string;
  channel: string;
  username: string;
  /** Whether the name was that of a signed-in account. */
  account?: boolean;
  message: string;
  /** The seq of the message that it replies to. */
  replyTo?: number;
  /** The seq of the newest event that the page had when this message was written. */
  after: number;
  /** Number of attempts without an answer. */
  attempts: number;
  /** Why the server refused it. A refused message is not sent again. */
  refusal?: string;
  /** It waits for a sign-in. */
  waits?: true;
}

/** Whether this visitor may see and send a message; those of an account are for it alone. */
export function isFor({ account, username }: UnsentMessage, visitor: string): boolean {
  return !account || username === visitor;
}

/** The unsent messages that the page stored, in the order of sending. */
export function readUnsent(storage: TextStorage): UnsentMessage[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isUnsent) : [];
  } catch {
    return [];
  }
}

/** Stores the unsent messages, so that they outlive a reload. */
export function storeUnsent(storage: TextStorage, unsent: readonly UnsentMessage[]): void {
  storage.setItem(STORAGE_KEY, JSON.stringify(unsent));
}

function isUnsent(value: unknown): value is UnsentMessage {
  const { key, channel, username, message, after, attempts } = Object(value);
  const texts = [key, channel, username, message];
  const numbers = [after, attempts];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number')
  );
}

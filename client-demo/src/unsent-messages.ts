import type { TextStorage } from './browser-storage.ts';

const STORAGE_KEY = 'parley.unsent';

/** A message that the server has not acknowledged. Its key stays the same until it is. */
export interface UnsentMessage {
  key: string;
  channel: string;
  username: string;
  /** Whether the name was that of an account, signed in. */
  account?: boolean;
  message: string;
  /** The seq of the newest event that the page had when this was written. */
  after: number;
  /** How many attempts brought no answer. */
  attempts: number;
  /** The server's reason for not taking it; such a message is not sent again. */
  refusal?: string;
  /** It waits for somebody to sign in. */
  waits?: true;
}

/** The messages that were unsent when the page was left, in the order of sending. */
export function readUnsent(storage: TextStorage): UnsentMessage[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isUnsent) : [];
  } catch {
    return [];
  }
}

/** Keeps the unsent messages for after a reload. */
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

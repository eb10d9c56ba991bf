import type { TextStorage } from './browser-storage.ts';
import type { Vote } from './vote.ts';

/** The votes on more messages than this are not remembered. */
const MOST_VOTES = 1000;

/** The votes of an account from this browser, by the messages' ids. */
export type Votes = ReadonlyMap<string, Vote>;

/** The votes that the browser remembers of an account; the log itself knows tallies alone. */
export function readVotes(storage: TextStorage, username: string): Votes {
  try {
    const stored: unknown = JSON.parse(storage.getItem(keyOf(username)) ?? '[]');
    return new Map(Array.isArray(stored) ? stored.filter(isEntry) : []);
  } catch {
    return new Map();
  }
}

/** Remembers the newest votes of an account. */
export function storeVotes(storage: TextStorage, username: string, votes: Votes): void {
  const entries = [...votes].filter(([, value]) => value !== 0).slice(-MOST_VOTES);
  storage.setItem(keyOf(username), JSON.stringify(entries));
}

function keyOf(username: string): string {
  return `parley.votes.${username}`;
}

function isEntry(value: unknown): value is [string, Vote] {
  return Array.isArray(value) && typeof value[0] === 'string' && [1, -1].includes(value[1]);
}

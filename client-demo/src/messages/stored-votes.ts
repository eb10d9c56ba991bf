import type { TextStorage } from '../browser-storage.ts';
import type { Vote } from './vote.ts';

/** Votes are stored for at most this number of messages. */
const MOST_VOTES = 1000;

/** The votes of an account in this browser, by message id. */
export type Votes = ReadonlyMap<string, Vote>;

/** The stored votes of an account. The log has only tallies. */
export function readVotes(storage: TextStorage, username: string): Votes {
  try {
    const stored: unknown = JSON.parse(storage.getItem(keyOf(username)) ?? '[]');
    return new Map(Array.isArray(stored) ? stored.filter(isEntry) : []);
  } catch {
    return new Map();
  }
}

/** Stores the newest votes of an account. */
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

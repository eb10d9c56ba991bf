import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.session';

/**
 * What the browser stores of its session: the account's name and the end of its token. It has no
 * secret.
 */
export interface StoredSession {
  username: string;
  expiresAt: string;
}

/** The browser's last session; `undefined` after signing out. */
export function readSession(storage: TextStorage): StoredSession | undefined {
  try {
    const { username, expiresAt } = Object(JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}'));
    return username && expiresAt ? { username, expiresAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Stores a session, or that there is none. */
export function storeSession(storage: TextStorage, session: StoredSession | undefined): void {
  storage.setItem(STORAGE_KEY, JSON.stringify(session ?? {}));
}

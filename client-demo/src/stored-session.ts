import type { TextStorage } from './browser-storage.ts';

const STORAGE_KEY = 'parley.session';

/** What the browser remembers of its session, nothing secret: whose it is, and until when its token holds. */
export interface StoredSession {
  username: string;
  expiresAt: string;
}

/** The session that the browser had last; `undefined` after signing out. */
export function readSession(storage: TextStorage): StoredSession | undefined {
  try {
    const { username, expiresAt } = Object(JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}'));
    return username && expiresAt ? { username, expiresAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a session, or that there is none. */
export function storeSession(storage: TextStorage, session: StoredSession | undefined): void {
  storage.setItem(STORAGE_KEY, JSON.stringify(session ?? {}));
}

import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.drafts';

/** The unfinished message of a channel, or of a thread: `<channel>#<parent>`. */
export function readDraft(storage: TextStorage, key: string): string {
  return readDrafts(storage).get(key) ?? '';
}

/** Stores an unfinished message for the next time its channel or thread is shown. */
export function storeDraft(storage: TextStorage, key: string, text: string): void {
  const drafts = readDrafts(storage);
  if (text === '') drafts.delete(key);
  else drafts.set(key, text);
  storage.setItem(STORAGE_KEY, JSON.stringify([...drafts]));
}

/** Keeps the unfinished messages of a channel and its threads under another name of it. */
export function moveDrafts(storage: TextStorage, channel: string, to: string): void {
  const moved = [...readDrafts(storage)].map(([key, text]) => {
    const isOfChannel = key === channel || key.startsWith(`${channel}#`);
    return [isOfChannel ? to + key.slice(channel.length) : key, text];
  });
  storage.setItem(STORAGE_KEY, JSON.stringify(moved));
}

/** Forgets the unfinished messages of all channels. */
export function forgetDrafts(storage: TextStorage): void {
  storage.setItem(STORAGE_KEY, '[]');
}

function readDrafts(storage: TextStorage): Map<string, string> {
  try {
    return new Map(JSON.parse(storage.getItem(STORAGE_KEY) ?? '[]'));
  } catch {
    return new Map();
  }
}

import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.drafts';

/** The unfinished message of a channel. */
export function readDraft(storage: TextStorage, channel: string): string {
  return readDrafts(storage).get(channel) ?? '';
}

/** Stores the unfinished message of a channel for the next time the channel is shown. */
export function storeDraft(storage: TextStorage, channel: string, text: string): void {
  const drafts = readDrafts(storage);
  if (text === '') drafts.delete(channel);
  else drafts.set(channel, text);
  storage.setItem(STORAGE_KEY, JSON.stringify([...drafts]));
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

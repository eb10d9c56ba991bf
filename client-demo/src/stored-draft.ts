import type { TextStorage } from './browser-storage.ts';

/** What was being written in a channel when its page was left. */
export function readDraft(storage: TextStorage, channel: string): string {
  return storage.getItem(keyOf(channel)) ?? '';
}

/** Keeps what is being written in a channel for when its page is shown again. */
export function storeDraft(storage: TextStorage, channel: string, text: string): void {
  storage.setItem(keyOf(channel), text);
}

function keyOf(channel: string): string {
  return `parley.draft.${channel}`;
}

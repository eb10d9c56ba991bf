import type { TextStorage } from '../browser-storage.ts';

/** The unfinished message of a channel. */
export function readDraft(storage: TextStorage, channel: string): string {
  return storage.getItem(keyOf(channel)) ?? '';
}

/** Stores the unfinished message of a channel for the next time the channel is shown. */
export function storeDraft(storage: TextStorage, channel: string, text: string): void {
  storage.setItem(keyOf(channel), text);
}

function keyOf(channel: string): string {
  return `parley.draft.${channel}`;
}

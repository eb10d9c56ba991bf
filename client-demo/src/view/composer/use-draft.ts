import { useState } from 'react';
import type { TextStorage } from '../../browser-storage.ts';
import { readDraft, storeDraft } from '../../sending/stored-draft.ts';

/** The unfinished message of a channel, kept when the reader changes the channel or reloads. */
export function useDraft(channel: string, storage: TextStorage): [string, (text: string) => void] {
  const [text, setText] = useState(() => readDraft(storage, channel));
  const store = (next: string) => {
    storeDraft(storage, channel, next);
    setText(next);
  };
  return [text, store];
}

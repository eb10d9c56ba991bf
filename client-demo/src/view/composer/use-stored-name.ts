import { useState } from 'react';
import type { TextStorage } from '../../browser-storage.ts';

const STORAGE_KEY = 'parley.name';

/** A name to post under, and how to change it. */
export interface Person {
  name: string;
  setName: (name: string) => void;
}

/** The reader's name, stored in the browser. */
export function useStoredName(storage: TextStorage): [string, (name: string) => void] {
  const [name, setName] = useState(() => storage.getItem(STORAGE_KEY) ?? '');
  const store = (next: string) => {
    storage.setItem(STORAGE_KEY, next);
    setName(next);
  };
  return [name, store];
}

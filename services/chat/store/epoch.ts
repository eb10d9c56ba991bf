import { randomBytes } from 'node:crypto';

/** Makes a channel's random word: twelve digits make a repeat by chance as good as impossible. */
export function newEpoch(): string {
  return randomBytes(6).toString('hex');
}

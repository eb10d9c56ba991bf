import { hash } from 'node:crypto';
import { foldName } from '@parley/contract/accounts/fold.ts';
import { remembering } from '@parley/contract/remembering.ts';
import { skeleton } from './skeleton.ts';

/** Spaces that are narrower than a word space, and characters that fonts leave blank. */
const UNSEEN = /[\u2000-\u200b\u202f\u205f\u2800\ufffc\u{1d159}\u{13441}\u{13442}\u{16fe4}]/gu;

/**
 * The looks of a name: two names that a reader may confuse have a look in common. A name has one
 * look as it is written, one in small letters and one in capitals. A look is a hash, 43 characters of base64url,
 * because a skeleton may be long.
 */
export const looksOf = remembering((name): string[] => {
  const close = name.replace(UNSEEN, '');
  const written = [close, foldName(close), close.toUpperCase()];
  const looks = written.map((name) => foldName(skeleton(name)));
  return [...new Set(looks)].map((look) => hash('sha256', look, 'base64url'));
});

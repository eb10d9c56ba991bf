import type { Presence } from '@parley/client';
import { numberText } from '../locale.ts';

type Readers = Pick<Presence, 'here' | 'named' | 'guests'>;

/** The number of readers as a short text. */
export function presenceText({ named, guests }: Omit<Readers, 'here'>): string {
  return `${numberText(named + guests)} here`;
}

/** The number of readers whose names are not listed; `undefined` if all names are. */
export function othersText({ here, named, guests }: Readers): string | undefined {
  const unlisted = Math.max(0, named - here.length);
  const parts = [];
  if (unlisted > 0) parts.push(`${numberText(unlisted)} with a name`);
  if (guests > 0) parts.push(`${numberText(guests)} ${guests === 1 ? 'guest' : 'guests'}`);
  if (parts.length === 0) return undefined;
  return `${here.length > 0 ? 'and ' : ''}${parts.join(' and ')}`;
}

import { LOCALE, numberText } from './locale.ts';

/** Who is in a channel: how many have a name, how many do not, and the names where they are few enough. */
export interface Presence {
  here: readonly string[];
  named: number;
  guests: number;
}

/**
 * What a stream says of presence: all of it, what has changed, or (with neither) that there are too
 * many names to be told.
 */
export interface PresenceEvent {
  here?: readonly string[];
  joined?: readonly string[];
  left?: readonly string[];
  named: number;
  guests: number;
}

/** Who is there after such an event; the names ascend. */
export function presenceAfter(presence: Presence | undefined, event: PresenceEvent): Presence {
  const { here, joined, left, named, guests } = event;
  if (here) return { here: inOrder(here), named, guests };
  if (!joined && !left) return { here: [], named, guests };
  const stayed = new Set(presence?.here).difference(new Set(left));
  return { here: inOrder(stayed.union(new Set(joined))), named, guests };
}

/** How many are there, in a few words. */
export function presenceText({ named, guests }: Presence): string {
  return `${numberText(named + guests)} here`;
}

/** Those whose names are not listed; `undefined` when all are. */
export function othersText({ here, named, guests }: Presence): string | undefined {
  const unlisted = Math.max(0, named - here.length);
  const parts = [];
  if (unlisted > 0) parts.push(`${numberText(unlisted)} with a name`);
  if (guests > 0) parts.push(`${numberText(guests)} ${guests === 1 ? 'guest' : 'guests'}`);
  if (parts.length === 0) return undefined;
  return `${here.length > 0 ? 'and ' : ''}${parts.join(' and ')}`;
}

function inOrder(names: Iterable<string>): readonly string[] {
  return [...names].sort((a, b) => a.localeCompare(b, LOCALE));
}

import { LOCALE, numberText } from '../locale.ts';

/**
 * The readers of a channel: how many have a name, how many do not, and the names unless there are
 * too many.
 */
export interface Presence {
  here: readonly string[];
  named: number;
  guests: number;
}

/**
 * A presence event of the stream: all names (`here`), the changes (`joined` and `left`), or only
 * the numbers if there are too many names.
 */
export interface PresenceEvent {
  here?: readonly string[];
  joined?: readonly string[];
  left?: readonly string[];
  named: number;
  guests: number;
}

/** The presence after an event; the names ascend. */
export function presenceAfter(presence: Presence | undefined, event: PresenceEvent): Presence {
  const { here, joined, left, named, guests } = event;
  if (here) return { here: inOrder(here), named, guests };
  if (!joined && !left) return { here: [], named, guests };
  const stayed = new Set(presence?.here).difference(new Set(left));
  return { here: inOrder(stayed.union(new Set(joined))), named, guests };
}

/** The number of readers as a short text. */
export function presenceText({ named, guests }: Presence): string {
  return `${numberText(named + guests)} here`;
}

/** The number of readers whose names are not listed; `undefined` if all names are. */
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

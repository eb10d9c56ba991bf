import type { Presence } from './events.ts';

/** The presence event of a stream: all names, those that changed, or only the numbers. */
export type PresenceChange = Omit<Presence, 'here'> & { here?: string[] };

/** The presence of a channel after an event; too many names are not listed. */
export function presenceAfter(known: Presence | undefined, event: PresenceChange): Presence {
  const { here, joined, left } = event;
  if (here || (!joined && !left)) return { ...event, here: here ?? [] };
  const names = new Set(known?.here);
  for (const name of left ?? []) names.delete(name);
  for (const name of joined ?? []) names.add(name);
  return { ...event, here: [...names].sort() };
}

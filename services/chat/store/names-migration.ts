import { looksOf } from '../names/looks.ts';

/** A row of `account_look`. */
export interface LookRow {
  look: string;
  account_id: string;
}

/** The looks of an account's name. */
export function lookRows({ id, username }: { id: string; username: string }): LookRow[] {
  return looksOf(username).map((look) => ({ look, account_id: id }));
}

/**
 * Channels whose names are not in the composed form (NFC), each with its composed name. A channel
 * is left out when another channel has the composed name already: it keeps its name and can no
 * longer be reached.
 */
export function renamedChannels(names: string[]): { name: string; composed: string }[] {
  const taken = new Set(names);
  return names.flatMap((name) => {
    const composed = name.normalize('NFC');
    if (taken.has(composed)) return [];
    taken.add(composed);
    return [{ name, composed }];
  });
}

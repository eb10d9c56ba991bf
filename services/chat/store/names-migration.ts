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
 * Channels whose names are not in the composed form (NFC), with the name that is. Where another
 * channel has that name already, the channel stays as it is and cannot be reached any more.
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

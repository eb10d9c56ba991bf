import { type NamedChannel, nameOf } from './channel-entry.ts';

/** Marks (é) and forms (ﬁ, Ｆ) of a letter make no difference when one searches. */
const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * The channels whose name contains the text: first those that begin with it, then those with a part
 * that begins with it, then the others. Within each group the order stays.
 */
export function findChannels<C extends NamedChannel>(channels: readonly C[], text: string): C[] {
  const wanted = folded(text.trim().replace(/^[#@]/, ''));
  if (wanted === '') return [...channels];
  const groups: C[][] = [[], [], []];
  for (const entry of channels) groups[groupOf(folded(nameOf(entry)), wanted)]?.push(entry);
  return groups.flat();
}

/** 0 to 2; 3 for a name that does not contain the text. */
function groupOf(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 0;
  if (['-', '.', '_', ' '].some((separator) => name.includes(separator + wanted))) return 1;
  return name.includes(wanted) ? 2 : 3;
}

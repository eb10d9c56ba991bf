import type { DatabaseSync } from 'node:sqlite';
import type { Term } from '../../../search/query.ts';

/** Words of a search for which the index is asked. FTS5 takes longer with each, also for a repeated one. */
const WORDS_MAX = 8;
/** FTS5 reads every place of a beginning before the first result, so it is asked for rare ones only. */
const PLACES_MAX = 50_000;

/**
 * Chooses what the index is asked for, so that no search takes long: every message that has the terms
 * has these, too. The messages are then compared with all terms, one by one.
 */
export function openAskedTerms(
  database: DatabaseSync,
  placesMax = PLACES_MAX,
): (terms: Term[]) => Term[] {
  database.exec(
    `CREATE VIRTUAL TABLE temp.search_place USING fts5vocab(main, search_index, instance)`,
  );
  const findPlace = database.prepare(
    `SELECT 1 FROM temp.search_place WHERE term >= ? AND term < ? LIMIT 1 OFFSET ${placesMax}`,
  );
  const isCommon = (word: string) => findPlace.get(word, `${word}\u{10ffff}`) !== undefined;

  return (terms) => {
    const asked: Term[] = [];
    let left = WORDS_MAX;
    // The longest words are probably the rarest.
    for (const { words, prefix } of terms.toSorted((a, b) => lengthOf(b) - lengthOf(a))) {
      const some = words.slice(0, left);
      const isWhole = some.length === words.length;
      const isBroad = prefix && isWhole && isCommon(words.at(-1) ?? '');
      if (isBroad) some.pop();
      left -= some.length;
      if (some.length > 0) asked.push({ words: some, prefix: prefix && isWhole && !isBroad });
    }
    return asked;
  };
}

function lengthOf({ words }: Term): number {
  return Math.max(...words.map((word) => word.length));
}

import type { CatalogRecord, CatalogStore, RecordQuery } from './store.ts';

/** Records read at once. */
const PAGE_RECORDS = 500;

/** Every record that a query means, up to its limit, read in pages as they are asked for. */
export async function* readRecords(
  store: CatalogStore,
  query: RecordQuery,
): AsyncGenerator<CatalogRecord> {
  let { after, limit } = query;
  while (limit > 0) {
    const page = await store.records({ ...query, after, limit: Math.min(limit, PAGE_RECORDS) });
    if (page.length === 0) return;
    yield* page;
    limit -= page.length;
    after = page.at(-1)?.seq ?? after;
  }
}

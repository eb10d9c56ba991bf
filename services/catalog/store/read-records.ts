import type { CatalogRecord, CatalogStore, RecordQuery } from './store.ts';

/** Records in one read. */
const PAGE_RECORDS = 500;

/** Every record of a query, up to its limit, read in pages as the caller needs them. */
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

/**
 * Bytes in one page, so that neither the reader nor the database holds much of a feed at a time.
 */
const PAGE_BYTES = 1_048_576;

/** The first rows, up to about a megabyte and at least one row. */
export function takePage<R extends { size: number }>(rows: Iterable<R>): R[] {
  const taken: R[] = [];
  let bytes = 0;
  for (const row of rows) {
    taken.push(row);
    bytes += row.size;
    if (bytes > PAGE_BYTES) break;
  }
  return taken;
}

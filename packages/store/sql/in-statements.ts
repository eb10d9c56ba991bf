/**
 * Rows in groups for one statement each: of at most `limit` bytes together, as `bytesOf` counts them,
 * and at least one row. MySQL and MariaDB refuse a statement beyond `max_allowed_packet`.
 */
export function* inStatements<R>(
  rows: Iterable<R>,
  { limit, bytesOf }: { limit: number; bytesOf: (row: R) => number },
): Generator<R[]> {
  let group: R[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = bytesOf(row);
    if (group.length > 0 && bytes + size > limit) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(row);
    bytes += size;
  }
  if (group.length > 0) yield group;
}

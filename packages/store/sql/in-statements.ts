/**
 * Groups rows for one statement each. A group has at most `limit` bytes, as `bytesOf` counts them,
 * or is one longer row. MySQL and MariaDB refuse a statement longer than `max_allowed_packet`.
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

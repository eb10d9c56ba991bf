/**
 * Merges ordered sequences into one ordered sequence; `before` tells which of two items comes
 * first.
 */
export async function* merge<T>(
  sequences: AsyncIterable<T>[],
  before: (one: T, other: T) => boolean,
): AsyncGenerator<T> {
  const iterators = sequences.map((sequence) => sequence[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    let first: number | undefined;
    let least: T | undefined;
    for (const [i, head] of heads.entries()) {
      if (head.done || (least !== undefined && !before(head.value, least))) continue;
      [first, least] = [i, head.value];
    }
    const iterator = iterators[first ?? -1];
    if (first === undefined || least === undefined || !iterator) return;
    yield least;
    heads[first] = await iterator.next();
  }
}

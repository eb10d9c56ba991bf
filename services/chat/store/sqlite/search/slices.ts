import { firstDoc } from './index-writer.ts';

/** A part of the index: `from` included, `before` not. */
export interface Range {
  from: number;
  before: number;
}

const FIRST_MS = 3_600_000;
const GROWTH = 4;

/**
 * A part of the index in slices, the newest first: an hour of messages, then each four times as long
 * as the one before. All messages of 30 years are in ten slices.
 */
export function* slicesOf({ from, before }: Range): Generator<Range> {
  let length = firstDoc(FIRST_MS);
  for (let end = before; end > from; length *= GROWTH) {
    const start = Math.max(from, end - length);
    yield { from: start, before: end };
    end = start;
  }
}

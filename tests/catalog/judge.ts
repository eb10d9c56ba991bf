import assert from 'node:assert/strict';
import type { LoadReport } from './load.ts';

/** Holds what was stored against what was captured and what was published: all of it, once, byte by byte. */
export function judge({ records, sent, captured }: LoadReport): void {
  assert.equal(captured, sent.length, 'the stream captured what was published');
  assert.equal(records.length, captured, 'as many are stored as were captured');
  const order = records.map(({ seq }) => seq);
  assert.ok(
    order.every((seq, i) => seq === i + 1),
    'their numbers have no hole',
  );
  assert.equal(
    new Set(records.map(({ streamSeq }) => streamSeq)).size,
    captured,
    'none is stored twice',
  );
  const differing = records.filter(({ streamSeq, bytes }) => {
    return !Buffer.from(bytes, 'base64').equals(sent[streamSeq - 1] ?? Buffer.alloc(0));
  });
  assert.equal(differing.length, 0, 'the bytes are those that were published');
}

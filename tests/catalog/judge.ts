import assert from 'node:assert/strict';
import type { LoadReport } from './load.ts';

/**
 * Checks that the stored records are exactly what was captured and published: all of it, once, byte
 * by byte.
 */
export function judge({ records, sent, captured }: LoadReport): void {
  assert.equal(captured, sent.length, 'the stream captured every published message');
  assert.equal(records.length, captured, 'every captured message is stored');
  const order = records.map(({ seq }) => seq);
  assert.ok(
    order.every((seq, i) => seq === i + 1),
    'their numbers have no gap',
  );
  assert.equal(
    new Set(records.map(({ streamSeq }) => streamSeq)).size,
    captured,
    'no message is stored twice',
  );
  const differing = records.filter(({ streamSeq, bytes }) => {
    return !Buffer.from(bytes, 'base64').equals(sent[streamSeq - 1] ?? Buffer.alloc(0));
  });
  assert.equal(differing.length, 0, 'the stored bytes are the published ones');
}

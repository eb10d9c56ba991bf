import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from './channel-group.ts';

const frame = (seq: number, length: number) => `data: ${'x'.repeat(length)}\nid: e:${seq}\n\n`;

function lengthsOf(frames: string[], limits: { maxBytes: number; idBytes: number }): number[][] {
  const bytes = Buffer.from(frames.join(''));
  const parts = [...partsOf(bytes, limits)].map(String);
  assert.equal(parts.join(''), String(bytes));
  return parts.map((part) => part.split(/(?<=\n\n)/).map(({ length }) => length));
}

test('past events are cut into parts that fit with their ids', () => {
  const frames = Array.from({ length: 7 }, (_, i) => frame(i, 82));
  const limits = { maxBytes: 1_000, idBytes: 200 };
  const parts = lengthsOf(frames, limits);
  assert.deepEqual(parts, [[98, 98, 98], [98, 98, 98], [98]]);
});

test('an event that is longer than a part is a part of its own', () => {
  const frames = [frame(1, 4), frame(2, 1_999), frame(3, 4)];
  assert.deepEqual(lengthsOf(frames, { maxBytes: 1_000, idBytes: 200 }), [[20], [2_015], [20]]);
  assert.deepEqual(lengthsOf([], { maxBytes: 1_000, idBytes: 200 }), []);
});

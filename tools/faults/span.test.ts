import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Span } from './span.ts';

/** The findings of a reader that starts after e:0 and gets events with these numbers. */
function findingsOf(seqs: number[], contents = new Map<number, string>()): string[] {
  const span = new Span('r', contents);
  span.begin('e', 0);
  for (const seq of seqs) span.check('e', seq, `text ${seq}`);
  return span.findings;
}

test('every number once and in order gives no finding', () => {
  assert.deepEqual(findingsOf([1, 2, 3]), []);
});

test('a missing, a repeated and a late number are found', () => {
  assert.deepEqual(findingsOf([1, 3]), ['r: event 3 came after 1']);
  assert.deepEqual(findingsOf([1, 2, 2, 3]), ['r: event 2 came after 2']);
  assert.deepEqual(findingsOf([1, 3, 2]), ['r: event 3 came after 1', 'r: event 2 came after 3']);
});

test('an event that other readers saw with another text is found', () => {
  assert.deepEqual(findingsOf([1], new Map([[1, 'other']])), [
    'r: event 1 is text 1, others saw other',
  ]);
});

test('an event of another epoch and a reset are found', () => {
  const span = new Span('r', new Map());
  span.begin('e', 0);
  span.check('f', 1, '');
  span.reset('{}');
  assert.deepEqual(span.findings, ['r: event 1 is of epoch f, not e', 'r: reset {}']);
  assert.equal(span.resets, 1);
});

test('a span that starts late resumes at its last event, and only its first begin() counts', () => {
  const span = new Span('r', new Map());
  assert.equal(span.position, undefined);
  span.begin('e', 7);
  assert.equal(span.position, 'e:7');
  span.check('e', 8, '');
  span.begin('e', 20);
  assert.equal(span.position, 'e:8');
  assert.deepEqual(span.findings, []);
});

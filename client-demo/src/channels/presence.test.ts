import assert from 'node:assert/strict';
import { test } from 'node:test';
import { othersText, presenceAfter, presenceText } from './presence.ts';

test('joins and leaves are sets: a repeated join or an unknown leave changes nothing', () => {
  const all = presenceAfter(undefined, { here: ['dana', 'ada'], named: 2, guests: 1 });
  const after = presenceAfter(all, {
    joined: ['ada', 'omri'],
    left: ['eve', 'dana'],
    named: 2,
    guests: 0,
  });
  assert.deepEqual(after, { here: ['ada', 'omri'], named: 2, guests: 0 });
  const left = presenceAfter(after, { left: ['ada'], named: 1, guests: 0 });
  assert.deepEqual(left.here, ['omri']);
});

test('the whole state replaces the names, and too many names are only counted', () => {
  const some = presenceAfter(undefined, { here: ['ada'], named: 1, guests: 0 });
  assert.deepEqual(presenceAfter(some, { here: ['omri'], named: 1, guests: 0 }).here, ['omri']);
  const crowd = presenceAfter(some, { named: 201, guests: 40 });
  assert.deepEqual(crowd, { here: [], named: 201, guests: 40 });
  assert.equal(presenceText(crowd), '241 here');
  assert.equal(othersText(crowd), '201 with a name and 40 guests');
});

test('readers without a listed name are counted', () => {
  assert.equal(othersText({ here: ['ada'], named: 1, guests: 1 }), 'and 1 guest');
  assert.equal(othersText({ here: ['ada'], named: 1, guests: 0 }), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { othersText, presenceText } from './presence.ts';

test('a crowd is only counted', () => {
  const crowd = { here: [], named: 201, guests: 40 };
  assert.equal(presenceText(crowd), '241 here');
  assert.equal(othersText(crowd), '201 with a name and 40 guests');
});

test('readers without a listed name are counted', () => {
  assert.equal(othersText({ here: ['ada'], named: 1, guests: 1 }), 'and 1 guest');
  assert.equal(othersText({ here: ['ada'], named: 1, guests: 0 }), undefined);
});

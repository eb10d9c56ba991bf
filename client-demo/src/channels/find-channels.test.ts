import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChannels } from './find-channels.ts';

const NAMES = ['long-team', 'steam', 'team.red', 'Team', 'équipe', 'other'];
const found = (text: string) =>
  findChannels(
    NAMES.map((channel) => ({ channel })),
    text,
  ).map(({ channel }) => channel);

test('names that begin with the text come first, then those with a part that does', () => {
  assert.deepEqual(found('team'), ['team.red', 'Team', 'long-team', 'steam']);
});

test('accents, capitals, spaces around the text and a # make no difference', () => {
  assert.deepEqual(found(' #EQU'), ['équipe']);
  assert.deepEqual(found('ÉQU'), ['équipe']);
});

test('without a text all channels stay in their order', () => {
  assert.deepEqual(found(' '), NAMES);
  assert.deepEqual(found('nothing like it'), []);
});

test('a direct channel is found by the names of its people, and not by its own name', () => {
  const direct = { channel: `direct-${'0a'.repeat(16)}`, people: ['Ana', 'José'] };
  for (const text of ['ana', 'jose', '@ana']) {
    assert.deepEqual(findChannels([{ channel: 'plans' }, direct], text), [direct]);
  }
  assert.deepEqual(findChannels([direct], 'direct'), []);
});

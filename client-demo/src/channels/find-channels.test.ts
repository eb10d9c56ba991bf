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

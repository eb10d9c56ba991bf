import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isChannelName, typedChannel } from './channel-name.ts';

function contractAllows(name: string): boolean {
  try {
    return parseChannel(name) === name;
  } catch {
    return false;
  }
}

test('the page and the contract accept the same channel names', () => {
  const longest = `a${'b'.repeat(63)}`;
  const names = [
    'general',
    'Küche',
    'หม้อ',
    'हिन्दी',
    'שָׁלוֹם',
    '日本語',
    '7',
    'a.b_c-d',
    longest,
    '𝒜'.repeat(64),
  ];
  const others = [
    '',
    '.a',
    '-a',
    'a b',
    'a/b',
    'a#b',
    `${longest}b`,
    'a\n',
    '🙂',
    '\u3164',
    'a\ufe0f',
  ];
  for (const name of names) assert.deepEqual([name, isChannelName(name)], [name, true]);
  for (const other of others) assert.deepEqual([other, isChannelName(other)], [other, false]);
  for (const text of [...names, ...others]) assert.equal(isChannelName(text), contractAllows(text));
});

test('a channel can be typed with its hash and with spaces around it', () => {
  assert.equal(typedChannel('  #general '), 'general');
  assert.equal(typedChannel('general'), 'general');
  assert.equal(typedChannel('Ku\u0308che'), 'Küche');
});

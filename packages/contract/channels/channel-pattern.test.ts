import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isChannelPattern, openChannelMatch } from './channel-pattern.ts';

const CASES: Record<string, { yes: string[]; no: string[] }> = {
  lobby: { yes: ['lobby'], no: ['Lobby', 'lobby2', 'a-lobby', 'lobby.x', 'x.lobby'] },
  '*': { yes: ['lobby', '東京', 'a-b_c'], no: ['team.red'] },
  'team.*': {
    yes: ['team.red', 'team.a-b'],
    no: ['team', 'team.red.secret', 'teams.red', 'team_red'],
  },
  'team.*.x': { yes: ['team.red.x'], no: ['team.x', 'team.red.blue.x', 'team.red.y'] },
  'ro*m.1': { yes: ['room.1', 'rom.1', 'ro-o-m.1'], no: ['ro.om.1', 'room.11', 'room-1'] },
  'team.**': { yes: ['team.red', 'team.red.secret'], no: ['team', 'teams.red'] },
  '**': { yes: ['lobby', 'team.red', 'a.b.c'], no: [] },
};

for (const [pattern, { yes, no }] of Object.entries(CASES)) {
  test(`the pattern ${pattern} matches its channels and no others`, () => {
    assert.ok(isChannelPattern(pattern));
    const matches = openChannelMatch([pattern]);
    for (const channel of yes) assert.ok(matches(channel), channel);
    for (const channel of no) assert.ok(!matches(channel), channel);
  });
}

test('several patterns match the channels of each; no pattern matches nothing', () => {
  const matches = openChannelMatch(['a', 'b.*']);
  assert.deepEqual(['a', 'b.c', 'b', 'c'].filter(matches), ['a', 'b.c']);
  assert.ok(!openChannelMatch([])('a'));
});

test('a pattern matches the same channels in every Unicode form', () => {
  for (const pattern of ['Ku\u0308che.*', 'Küche.*', 'Ku\u0308*.*']) {
    assert.ok(isChannelPattern(pattern));
    const matches = openChannelMatch([pattern]);
    assert.deepEqual(['Küche.1', 'Kuche.1'].filter(matches), ['Küche.1']);
  }
  assert.ok(isChannelPattern('हिन्दी.*'));
  assert.ok(isChannelPattern('𝒜'.repeat(64)));
  assert.ok(!isChannelPattern('𝒜'.repeat(65)));
  assert.ok(!isChannelPattern('a\u3164'));
});

test('texts that are not patterns are recognized', () => {
  for (const text of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '**.a',
    'a**',
    'a.b**',
    '***',
    'a b',
    'a/b',
    '*a*a*',
    '(a|b)',
    'a+',
    '[a]',
    'a'.repeat(65),
  ]) {
    assert.ok(!isChannelPattern(text), text);
  }
});

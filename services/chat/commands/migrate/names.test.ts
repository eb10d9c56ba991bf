import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseEmoji } from '@parley/contract/events/reaction.ts';
import { openChannelNames } from './channel-names.ts';
import { emojiOf, withEmoji } from './emoji/emoji.ts';
import { requireFewChannels } from './options.ts';
import { openPersonNames } from './person-names.ts';
import { Report } from './report.ts';

test('each person gets a name of their own, which is a name here', () => {
  const people = openPersonNames();
  const given: [id: string, candidates: unknown[], name: string][] = [
    ['U1', ['Ada', 'ada'], 'Ada'],
    ['U2', [' ADA ', 'ada2'], 'ada2'],
    ['U3', ['ada', 'ada2'], 'U3'],
    ['u3', ['ada'], 'ada 2'],
    ['U4', ['', null, undefined, 7], 'U4'],
    ['U5', ['a\u202eb', 'eve\u0000\n x'], 'eve x'],
    ['U6', ['x'.repeat(70)], 'x'.repeat(64)],
    ['U7', ['x'.repeat(80), 'x'.repeat(90)], 'U7'],
    ['\u200b', [], 'unknown 2'],
  ];
  for (const [id, candidates, name] of given) {
    people.add(id, candidates);
    assert.equal(people.of(id), name);
  }
  people.add('U1', ['other']);
  assert.equal(people.of('U1'), 'Ada');
  assert.equal(people.of('none'), undefined);
});

test('an export with too many people or channels is refused', () => {
  const people = openPersonNames(2);
  for (const id of ['U1', 'U2', 'U2']) people.add(id, []);
  assert.throws(() => people.add('U3', []), { name: 'PlainError', message: /more than 2 people/ });
  requireFewChannels(1_000_000);
  assert.throws(() => requireFewChannels(1_000_001), { name: 'PlainError' });
});

test('a program never has the name of a person', () => {
  const people = openPersonNames();
  people.add('U1', ['Ada']);
  assert.equal(people.ofProgram('ada'), 'ada (app)');
  assert.equal(people.ofProgram('build'), 'build');
  assert.equal(people.ofProgram('\u200b'), undefined);
});

test('each channel gets a name of its own, which is a name here', () => {
  const report = new Report();
  const nameFor = openChannelNames('', report);
  const long = 'x'.repeat(64);
  const given: [source: string, name: string][] = [
    ['general', 'general'],
    ['General', 'General-2'],
    ['team room!', 'team-room'],
    ['chat', 'chat-room'],
    ['🎉', 'channel'],
    ['__proto__', 'proto__'],
    [`${long}y`, long],
    [`${long}z`, `${'x'.repeat(62)}-2`],
    ['ku\u0308che', 'küche'],
  ];
  for (const [source, name] of given) assert.equal(nameFor(source), parseChannel(name));
  assert.equal(openChannelNames('old.', report)('chat'), 'old.chat');
});

test('every emoji of the table is one that can be a reaction', () => {
  const table = new URL('emoji/emoji-names.txt', import.meta.url);
  const lines = readFileSync(table, 'utf8').split('\n');
  const names = lines.filter((line) => /^[^# ]/.test(line)).map((line) => line.split(' ')[0]);
  assert.ok(names.length > 1_900);
  for (const name of names) {
    for (const each of [`${name}`, `${name}::skin-tone-2`]) {
      const emoji = emojiOf(each) ?? '';
      assert.equal(parseEmoji(emoji), emoji, each);
    }
  }
});

test('short names become emoji, with their skin tone, but not in code', () => {
  assert.equal(emojiOf('thumbsup'), '👍');
  assert.equal(emojiOf('+1::skin-tone-2'), '👍🏻');
  assert.equal(emojiOf('tada::skin-tone-2'), '🎉');
  assert.equal(emojiOf('male-detective::skin-tone-4'), '🕵🏽‍♂️');
  assert.equal(emojiOf('parrot-of-ours'), undefined);
  assert.equal(emojiOf('constructor'), undefined);
  const text = 'at 10:30:45 :tada: `:tada:` :+1::skin-tone-2:, :smile::smile: x:smile: :none:';
  const emoji = 'at 10:30:45 🎉 `:tada:` 👍🏻, 😄😄 x:smile: :none:';
  assert.equal(withEmoji(text), emoji);
  assert.equal(withEmoji('```\n:tada:\n``` :tada:'), '```\n:tada:\n``` 🎉');
});

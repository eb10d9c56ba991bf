import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Random } from '@parley/testkit/random.ts';
import { wordsOf } from '../../../search/tokens.ts';
import { indexText } from './index-text.ts';

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

test('SQLite makes of each text in ASCII the words that are searched, and removes them', () => {
  const random = new Random(61);
  const some = (characters: string[], longest: number) =>
    Array.from(
      { length: random.between(0, longest) },
      () => characters[Math.floor(random.between(0, characters.length))],
    ).join('');
  const texts = [
    ...ASCII.map((character) => `a${character}B`),
    ...[63, 64, 65, 66].map((length) => `x ${'Y'.repeat(length)} z`),
    ...Array.from(
      { length: 300 },
      () => some(ASCII, 40) + some([...'azAZ09'], 70) + some(ASCII, 40),
    ),
  ];
  using database = new DatabaseSync(':memory:');
  database.exec(`CREATE VIRTUAL TABLE word USING fts5 (
      words, content = '', columnsize = 0, tokenize = 'ascii'
    );
    CREATE VIRTUAL TABLE found USING fts5vocab (word, instance)`);
  const add = database.prepare('INSERT INTO word (rowid, words) VALUES (?, ?)');
  const remove = database.prepare("INSERT INTO word (word, rowid, words) VALUES ('delete', ?, ?)");
  const find = database.prepare('SELECT term FROM found WHERE doc = ? ORDER BY offset');
  texts.forEach((message, at) => {
    const row = { kind: 'message', message, username: 'Ana', deleted: 0 };
    add.run(at, indexText(7, row) ?? '');
    const terms = find.all(at).map(({ term }) => term);
    assert.deepEqual(terms, ['\ue000ana', '\ue0017', ...wordsOf(message)], JSON.stringify(message));
  });
  // An older Parley gave the words themselves.
  texts.forEach((message, at) => {
    remove.run(at, ['\ue000ana', '\ue0017', ...wordsOf(message)].join(' '));
  });
  assert.deepEqual(database.prepare('SELECT * FROM found').all(), []);
});

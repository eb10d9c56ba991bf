import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDraft, parseKnownDraft } from '../events/message.ts';
import { parseAccountName } from './account.ts';

const nameOf = (username: unknown) => parseDraft({ username, message: 'm' }).username;

const NAMES = [
  'Ada Lovelace',
  "O'Brien",
  'ada: x',
  'Ömer',
  'Владимир',
  'Алекс from NYC',
  'Дима_PRO',
  'Ελένη',
  '山田 Taro',
  'たなかtaro',
  '김민준',
  'עמרי',
  'שָׁלוֹם',
  'محمد',
  'می\u200cخواهم',
  'श्री',
  'ශ්\u200dරී',
  'นก',
  'မြန်မာ',
  '👩\u200d💻',
  '❤\ufe0f',
  '1\ufe0f\u20e3',
  '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
  '🇩🇪 ada',
  '葛\u{e0100}城',
  '-',
  '...',
  '10 µm',
  '\u0600١',
  'x\u0301',
];

for (const name of NAMES) {
  test(`${JSON.stringify(name)} is a valid name and stays unchanged`, () => {
    assert.equal(nameOf(name), name.normalize('NFC'));
    assert.equal(parseAccountName(name), name.normalize('NFC'));
  });
}

const REFUSED: Record<string, [fault: RegExp, names: string[]]> = {
  'that changes the direction of text': [
    /changes the direction of text/,
    [
      '\u202eada',
      'a\u202dda',
      'ada\u200f',
      '\u2066ada\u2069',
      '\u061cada',
      'a\u202a\u202cda',
      '\u200eada',
    ],
  ],
  'with an invisible character': [
    /has an invisible character/,
    [
      'ada\u2800',
      'a\ufff9da',
      'ada\ufffb',
      'a\u200bda',
      'a\u00adda',
      'a\u200dda',
      'a\u200cda',
      'a\u2060da',
      'ada\ufe0f',
      'ada\u{e0100}',
      'ada\u{e0041}',
      'a\u034fda',
      '\u3164',
      '\uffa0',
      '\u115f\u1160',
      '\u180e',
      '\u2800',
      '\u{e0061}',
      '\ufe0f',
      '\u17b4',
      '\u{1d159}',
      '\u{13441}',
      '\u{1d173}',
      '\ufffc',
      'a\u2028b',
      '\uffff',
      'ada\u0378',
      '\u2065',
      '\u{e0fff}',
      '1\ufe0f',
    ],
  ],
  'without a visible character': [
    /has no visible character|has an invisible/,
    ['\u0301', '\ue000', '\u20e3\u0301'],
  ],
  'that mixes alphabets in a word': [
    /mixes \w+ and \w+ letters in one word/,
    [
      '\u0430dmin',
      'Al\u03b5x',
      'p\u0430yp\u0430l',
      'x \u0410da',
      'a\u0564a',
      '\u13aada',
      'Владиmир',
    ],
  ],
};

for (const [what, [fault, names]] of Object.entries(REFUSED)) {
  test(`a name ${what} is refused with the reason, also for an account`, () => {
    for (const name of names) {
      for (const parse of [nameOf, parseAccountName]) {
        assert.throws(
          () => parse(name),
          { code: 'invalid-username', message: fault },
          JSON.stringify(name),
        );
      }
    }
  });
}

test('a name is composed before it is measured and stored', () => {
  assert.equal(nameOf('e\u0301mile'), 'émile');
  assert.equal(nameOf('\u1112\u1161\u11ab'), '한');
  assert.equal(nameOf('e\u0301'.repeat(64)), 'é'.repeat(64));
});

test('a name of 60,000 combining marks is refused within a second', () => {
  const marks = 'a\u0301\u0316'.repeat(20_000);
  const startedAt = performance.now();
  for (const parse of [nameOf, parseAccountName]) assert.throws(() => parse(marks));
  assert.ok(performance.now() - startedAt < 1_000);
});

test('a known name stays unchanged', () => {
  for (const username of ['a\u200bda', 'e\u0301', '\u202eada', '\u0430dmin']) {
    assert.equal(parseKnownDraft({ username, message: 'm' }).username, username);
  }
});

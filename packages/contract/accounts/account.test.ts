import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountName, parseEmail } from './account.ts';
import { foldName } from './fold.ts';

const SAME: [string, string][] = [
  ['Ada', 'ada'],
  ['ＡＤＡ', 'ada'],
  ['ﬁsh', 'fish'],
  ['Straße', 'STRASSE'],
  ['ΣΑΣ', 'σασ'],
  ['e\u0301mile', 'Émile'],
  ['ada\u200blovelace', 'adalovelace'],
  [' ada  lovelace ', 'ada\u00a0lovelace'],
  ['①', '1'],
];

for (const [one, other] of SAME) {
  test(`${JSON.stringify(one)} and ${JSON.stringify(other)} are one name`, () => {
    assert.equal(foldName(one), foldName(other));
    assert.equal(foldName(foldName(one)), foldName(one));
  });
}

test('different names have different keys', () => {
  const names = ['ada', 'ada l', 'adal', 'äda', 'адa', '1', '11', '😀', 'עמרי'];
  assert.equal(new Set(names.map(foldName)).size, names.length);
});

test('a name is trimmed and otherwise kept as given', () => {
  assert.equal(parseAccountName(' Ada  Lovelace '), 'Ada  Lovelace');
  assert.equal(parseAccountName('😀'.repeat(64)), '😀'.repeat(64));
});

for (const name of [
  '',
  ' ',
  'a\tb',
  'a\nb',
  'a@b',
  'a＠b',
  'a﹫b',
  '\u200b',
  '\ud800',
  'x'.repeat(65),
  'ﷺ'.repeat(64),
  7,
  null,
]) {
  test(`${JSON.stringify(name)} is not a valid account name`, () => {
    assert.throws(() => parseAccountName(name), { code: 'invalid-username', status: 400 });
  });
}

for (const email of [
  'ada',
  'ada@',
  '@x.org',
  'a b@x.org',
  'a@x',
  'a@x.org\n',
  `${'a'.repeat(250)}@x.org`,
  7,
]) {
  test(`${JSON.stringify(email).slice(0, 20)} is not an e-mail address`, () => {
    assert.throws(() => parseEmail(email), { code: 'invalid-email' });
  });
}

test('an e-mail address is kept as given', () => {
  assert.equal(parseEmail("Ada.L+chat'x@mail.example.org"), "Ada.L+chat'x@mail.example.org");
});

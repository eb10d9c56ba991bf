import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksOf } from './looks.ts';

const isAlike = (one: string, other: string) =>
  looksOf(one).some((look) => looksOf(other).includes(look));

const ALIKE: [name: string, imitations: string[]][] = [
  [
    'ada',
    [
      '\u0430d\u0430',
      'ａｄａ',
      '𝐚𝐝𝐚',
      'ada\u3164',
      'a\u202eda',
      'a\u2009da',
      'ADA',
      '\u0391DA',
      'ad\u237a',
    ],
  ],
  ['Ivan', ['lvan', '1van', '|van', '\u0406van', '\u0456v\u0430n', 'IVAN']],
  ['modern', ['modem', 'rnodern']],
  ['Вера', ['Bepa', 'ВЕРА', 'BEPA']],
  // A guest's capitals look like those of an account in small letters.
  ['alice', ['ALlCE', 'AL1CE', 'АLІСЕ']],
  ['ivan', ['lVAN', '1VAN']],
  ['вера', ['BEPA']],
  ['O0', ['oo', '\u039f\u041e']],
];

for (const [name, imitations] of ALIKE) {
  test(`${name} has a look in common with each of its imitations`, () => {
    for (const imitation of imitations) assert.ok(isAlike(name, imitation), imitation);
  });
}

test('names that a reader can distinguish have no look in common', () => {
  const names = ['ada', 'adam', 'ada l', 'äda', 'eda', 'вера2', 'ivan', '日本', '日木', '😀', '😁'];
  for (const one of names) {
    for (const other of names) assert.equal(isAlike(one, other), one === other, `${one} ${other}`);
  }
});

test('a look has 43 characters, also for a long name', () => {
  for (const look of looksOf('ﷺ'.repeat(64))) assert.match(look, /^[\w-]{43}$/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMessage } from '@parley/contract/events/event.ts';
import { type CheckedDraft, parseDraft } from '@parley/contract/events/message.ts';
import { AT, messageDraft, page } from '@parley/testkit/databases/log-stores.ts';
import { Random } from '@parley/testkit/random.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { exportTranscripts } from './export.ts';
import { importTranscript } from './import.ts';

const SEED = Number(process.env.SEED ?? Date.now()) >>> 0;
const DRAFTS = 4_000;

/**
 * Parts of a transcript, parts of its escapes, and characters that other programs treat as special.
 */
const PIECES = [
  'ada',
  ': ',
  ':',
  ' ',
  '\u00a0',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\u2028',
  '\u2029',
  '\u0085',
  '\v',
  '\f',
  '\\',
  '\\n',
  '\\r',
  '\\v',
  '\\f',
  '\\\\',
  '\\u2028',
  '\\u2029',
  '\\u0085',
  '\\u003a',
  '\\u005c',
  '\\x',
  'n',
  'u',
  'u003a',
  '003a',
  '[2018-02-25 14:00:51] eve: no',
  ']',
  '"',
  '\ufeff',
  '\u202e',
  '\u3164',
  'e\u0301',
  'é',
  '한',
  '\u1112\u1161\u11ab',
  '👩\u200d💻',
  '\ufe0f',
  'עמרי',
  '\u0301',
  '\0',
  '\ud800',
];
/** The last code points of the ranges to choose from: ASCII, Latin, all. */
const LAST_CODES = [0x7f, 0x24f, 0x10ffff];

function text(random: Random): string {
  const whole = (below: number) => Math.floor(random.between(0, below));
  return Array.from({ length: 1 + whole(8) }, () => {
    if (random.next() < 0.6) return PIECES[whole(PIECES.length)];
    return String.fromCodePoint(whole((LAST_CODES[whole(LAST_CODES.length)] ?? 0) + 1));
  }).join('');
}

/** Random names and texts that can be posted. */
function drafts(seed: number): CheckedDraft[] {
  const random = new Random(seed);
  const found: CheckedDraft[] = [];
  while (found.length < DRAFTS) {
    try {
      found.push(parseDraft({ username: text(random), message: text(random) }));
    } catch {
      // A draft that is refused cannot be in a log.
    }
  }
  return found;
}

test(`every message that can be posted is the same after export and import (SEED=${SEED})`, async () => {
  await using folder = await temporaryFolder();
  await using from = await openSqliteStore(`${folder.path}/from.db`);
  await using to = await openSqliteStore(`${folder.path}/to.db`);
  const at = AT - (AT % 1_000);
  const posted = drafts(SEED);
  await from.append(
    posted.map(({ username, message }) => messageDraft('log', message, { username, at })),
  );
  const options = { folder: folder.path, channels: [], timezone: 'UTC' };
  const [file = ''] = await Array.fromAsync(exportTranscripts(from, options));
  assert.equal(await importTranscript(to, file, { timezone: 'UTC', server: 'test' }), DRAFTS);
  const { events } = await page(to, { channel: 'log' });
  const imported = events.filter(isMessage).map(({ username, message }) => ({ username, message }));
  for (const [i, draft] of posted.entries()) assert.deepEqual(imported[i], draft);
});

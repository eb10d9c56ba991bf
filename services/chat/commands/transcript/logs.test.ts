import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeEvent, parseEvent } from '@parley/contract/events/event.ts';
import { AT, messageDraft, page } from '@parley/testkit/databases/log-stores.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { Draft, Store } from '../../store/store.ts';
import { exportLogs } from './export.ts';
import { importLog } from './import-log.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const SERVER = { server: 'test' };
/** Keys in an order that `JSON.parse` would change, and numbers that it would round. */
const DATA = String.raw`{"10":1,"2":12345678901234567890,"a":[1.50,"\u00e9 ${'\u2028'}\n"],"data":null}`;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-logs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function typedDraft(type: string, username: string, data: string): Draft {
  const common = { channel: 'lobby', author: null, server: 'test', at: AT + 7 };
  return { kind: 'event', ...common, username, type, data };
}

/** Makes a log of one line of a gigabyte, which takes no space on the disk. */
async function withoutEnd(folder: string): Promise<string> {
  const file = join(folder, 'endless.ndjson');
  writeFileSync(file, '');
  await truncate(file, 1_073_741_824);
  return file;
}

/** Exports channel lobby, and returns the name of the file. */
async function exported(store: Store, folder: string): Promise<string> {
  const [file = ''] = await Array.fromAsync(exportLogs(store, { folder, channels: ['lobby'] }));
  return file;
}

/** The events of channel lobby, without what differs between two logs. */
async function contents(store: Store): Promise<string[]> {
  const { events } = await page(store, { channel: 'lobby' });
  return events.map((event) => encodeEvent({ ...event, epoch: 'e', seq: 1, id: 'e:1' }));
}

const by = { channel: 'lobby', by: 'omri', admin: true, server: 'test', at: AT + 9 };
/** An edited message, a deleted message, and an event of every other kind. */
const CHANGES: Draft[] = [
  { kind: 'vote', ...by, ref: 1, value: 1 },
  { kind: 'reaction', ...by, ref: 1, emoji: '👍', added: true },
  { kind: 'edit', ...by, ref: 1, message: 'second thoughts' },
  { kind: 'delete', ...by, ref: 2 },
  { kind: 'close', channel: 'lobby', server: 'test', at: AT },
  { kind: 'reopen', channel: 'lobby', server: 'test', at: AT },
];

test('messages and typed events are the same after export and import, with data as it was written', async (t) => {
  const folder = folderOf(t);
  await using from = await openSqliteStore(join(folder, 'from.db'));
  await using to = await openSqliteStore(join(folder, 'to.db'));
  await from.append([
    messageDraft('lobby', 'a\u2028b\nc', { username: 'two\nlines', at: AT + 1 }),
    { ...messageDraft('lobby', 'with data'), data: DATA } as Draft,
    typedDraft('order.shipped', '', DATA),
    typedDraft('sensor', 'roof', '12345678901234567890'),
    ...Array.from({ length: 1200 }, (_, i) => messageDraft('lobby', `m${i}`)),
  ]);
  const file = await exported(from, join(folder, 'out'));
  assert.equal(file, join(folder, 'out', 'lobby.ndjson'));
  const text = readFileSync(file, 'utf8');
  const { events } = await page(from, { channel: 'lobby', limit: 2000 });
  assert.equal(text.split('\n').length, 1205);
  assert.ok(text.startsWith(`${events.slice(0, 4).map(encodeEvent).join('\n')}\n`));
  assert.ok(text.includes(`"type":"order.shipped",`) && text.includes(`"data":${DATA}}\n`));
  assert.deepEqual(await importLog(to, file, SERVER), { stored: 1204, leftOut: new Map() });
  assert.deepEqual(await contents(to), await contents(from));
});

test('votes, edits, deletes, closings and deleted messages are left out and counted', async (t) => {
  const folder = folderOf(t);
  await using from = await openSqliteStore(join(folder, 'from.db'));
  await using to = await openSqliteStore(join(folder, 'to.db'));
  const author = { author: 'omri' };
  await from.append(['first', 'regret'].map((text) => messageDraft('lobby', text, author)));
  await from.append(CHANGES);
  const { stored, leftOut } = await importLog(to, await exported(from, folder), SERVER);
  assert.equal(stored, 1);
  assert.deepEqual(Object.fromEntries(leftOut), {
    'deleted messages': 1,
    votes: 1,
    reactions: 1,
    edits: 1,
    deletes: 1,
    closings: 2,
  });
  const { events } = await page(to, { channel: 'lobby' });
  assert.deepEqual(
    events.map((event) => event.kind === 'message' && [event.message, event.up]),
    [['second thoughts', 0]],
  );
});

test('a reply is imported as a reply to the same message, and alone when that message is not imported', async (t) => {
  const folder = folderOf(t);
  await using from = await openSqliteStore(join(folder, 'from.db'));
  await using to = await openSqliteStore(join(folder, 'to.db'));
  const reply = (text: string, replyTo: number) => ({ ...messageDraft('lobby', text), replyTo });
  await from.append([
    messageDraft('lobby', 'regret', { author: 'omri' }),
    messageDraft('lobby', 'parent'),
    ...Array.from({ length: 600 }, (_, i) => messageDraft('lobby', `m${i}`)),
    reply('late reply', 2),
    reply('reply to it', 603),
    reply('alone', 1),
  ]);
  await from.append([{ kind: 'delete', ...by, ref: 1 }]);
  await to.append([messageDraft('lobby', 'first'), messageDraft('lobby', 'second')]);
  const file = await exported(from, folder);
  const { stored, leftOut } = await importLog(to, file, SERVER);
  assert.equal(stored, 604);
  assert.equal(leftOut.get('parents of replies'), 1);
  const replies = async (store: Store) => {
    const { events } = await page(store, { channel: 'lobby', after: 600, limit: 9 });
    return events.flatMap((event) =>
      event.kind === 'message' ? [[event.seq, event.message, event.replyTo]] : [],
    );
  };
  const expected = [
    [604, 'late reply', 3],
    [605, 'reply to it', 604],
    [606, 'alone', undefined],
  ];
  assert.deepEqual((await replies(to)).slice(-3), expected);
  const lines = readFileSync(file, 'utf8').split('\n');
  await from.append([reply('later', 603)]);
  assert.equal((await importLog(to, await exported(from, folder), SERVER)).stored, 1);
  assert.deepEqual((await replies(to)).at(-1), [607, 'later', 604]);
  // Of a log that is its own, only the reply is missing: its parent has the number that it had.
  const event = parseEvent(lines[602] ?? '');
  assert.ok(event.kind === 'message');
  const lost = { ...event, seq: 900, id: `${event.epoch}:900` };
  writeFileSync(file, `${lines[1]}\n${encodeEvent(lost)}\n`);
  assert.equal((await importLog(from, file, SERVER)).stored, 1);
  assert.deepEqual((await replies(from)).at(-1), [608, 'late reply', 2]);
});

test('the commands write the files, and what they stored and left out', async (t) => {
  const folder = folderOf(t);
  const run = (data: string, ...args: string[]) =>
    execFileSync(process.execPath, [MAIN, ...args], {
      encoding: 'utf8',
      env: { ...PROGRAM_ENV, DATA_DIR: join(folder, data) },
    });
  {
    await using store = await openSqliteStore(join(folder, 'a.db'));
    await store.append([messageDraft('lobby', 'first', { author: 'omri' })]);
    await store.append([messageDraft('lobby', 'regret', { author: 'omri' })]);
    await store.append(CHANGES);
  }
  mkdirSync(join(folder, 'a'));
  renameSync(join(folder, 'a.db'), join(folder, 'a', 'parley.db'));
  const out = join(folder, 'out');
  const file = join(out, 'lobby.ndjson');
  assert.equal(run('a', 'export', '--log', out), `${file}\n`);
  assert.match(readFileSync(file, 'utf8'), /"message":"second thoughts".*"reactions":{"👍":1}/);
  const left = 'deleted messages 1, votes 1, reactions 1, edits 1, deletes 1, closings 2';
  assert.equal(run('b', 'import', file), `${file}: 1 stored; left out: ${left}\n`);
  assert.equal(run('a', 'export', out, 'lobby'), `${join(out, 'lobby.txt')}\n`);
  assert.equal(run('b', 'import', join(out, 'lobby.txt')), `${join(out, 'lobby.txt')}: 1 stored\n`);
});

test('a log imported again stores nothing, and one that has grown stores its new events only', async (t) => {
  const folder = folderOf(t);
  await using from = await openSqliteStore(join(folder, 'from.db'));
  await using to = await openSqliteStore(join(folder, 'to.db'));
  const imported = async () => importLog(to, await exported(from, folder), SERVER);
  const same = () => messageDraft('lobby', 'again', { author: 'omri' });
  await from.append([same(), same(), typedDraft('a', '', '1'), typedDraft('a', '', '1')]);
  assert.equal((await imported()).stored, 4);
  assert.equal((await imported()).stored, 0);
  await from.append([same(), typedDraft('a', '', '1')]);
  assert.equal((await imported()).stored, 2);
  await from.append([{ kind: 'edit', ...by, ref: 1, message: 'other' }]);
  const { stored, leftOut } = await imported();
  assert.equal(stored, 0);
  assert.equal(leftOut.get('messages that differ from an earlier import'), 1);
  assert.equal((await contents(to)).length, 6);
});

test('a log imported into its own channel stores only the events that are not there', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  await store.append([messageDraft('lobby', 'one'), typedDraft('a', '', '1')]);
  const file = await exported(store, folder);
  assert.equal((await importLog(store, file, SERVER)).stored, 0);
  const [first = ''] = readFileSync(file, 'utf8').split('\n');
  await using other = await openSqliteStore(join(folder, 'other.db'));
  assert.equal((await importLog(other, file, SERVER)).stored, 2);
  const event = parseEvent(first);
  const lost = { ...event, at: '2018-02-25T15:00:00.000Z' };
  const beyond = { ...event, seq: 7, id: `${event.epoch}:7` };
  writeFileSync(file, [lost, beyond].map((each) => `${encodeEvent(each)}\n`).join(''));
  assert.equal((await importLog(store, file, SERVER)).stored, 2);
  assert.equal((await importLog(store, file, SERVER)).stored, 0);
  // A log that was restored from a backup gave the number 1 again.
  assert.equal((await importLog(other, file, SERVER)).stored, 2);
});

test('a copy under another name goes to the channel of its name; CR LF and a byte order mark are accepted', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  await store.append([messageDraft('lobby', 'one'), messageDraft('lobby', 'two')]);
  const text = readFileSync(await exported(store, folder), 'utf8');
  const copy = join(folder, 'copy.ndjson');
  writeFileSync(copy, `\ufeff${text.replaceAll('\n', '\r\n')}`.trimEnd());
  assert.equal((await importLog(store, copy, SERVER)).stored, 2);
  const { events } = await page(store, { channel: 'copy' });
  assert.deepEqual(
    events.map((event) => event.kind === 'message' && event.message),
    ['one', 'two'],
  );
});

test('a malformed line is refused with its file and number, and nothing of its file is stored', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const common = {
    channel: 'lobby',
    epoch: 'e',
    seq: 1,
    id: 'e:1',
    at: '2018-02-25T14:00:51.000Z',
  };
  const message = { ...common, kind: 'message', username: 'omri', message: 'hi', up: 0, down: 0 };
  const typed = { ...common, kind: 'event', type: 'a', data: 1 };
  const deep = `${'['.repeat(65)}${']'.repeat(65)}`;
  const cases: [line: string | Buffer, fault: RegExp][] = [
    ['{"channel":', /lobby\.ndjson:2: not an event .*: it is not JSON$/],
    ['', /:2: not an event/],
    ['[]', /:2: not an event/],
    [Buffer.from([0x22, 0xff, 0x22]), /:2: .*UTF-8/],
    [JSON.stringify({ ...message, kind: 'gossip' }), /:2: not an event .*: kind/],
    [JSON.stringify({ ...message, id: 'e:2' }), /:2: not an event .*: id is not/],
    [JSON.stringify({ ...message, message: '' }), /:2: The message is empty/],
    [JSON.stringify({ ...message, username: ' ' }), /:2: The username is empty/],
    [JSON.stringify({ ...message, at: '2018-02-30T14:00:51.000Z' }), /:2: at is not a time/],
    [JSON.stringify({ ...message, at: 'yesterday' }), /:2: at is not a time/],
    [JSON.stringify({ ...typed, type: 'vote' }), /:2: "vote" is a word of Parley/],
    [JSON.stringify({ ...typed, username: 'x'.repeat(65) }), /:2: The username has more/],
    [JSON.stringify(typed).replace('"data":1', `"data":${deep}`), /:2: The data is nested/],
    [JSON.stringify({ ...typed, data: 'x'.repeat(65_536) }), /:2: The data is over 64 KB/],
  ];
  const file = join(folder, 'lobby.ndjson');
  for (const [line, fault] of cases) {
    writeFileSync(
      file,
      Buffer.concat(
        [`${JSON.stringify(message)}\n`, line, '\n'].map(Buffer.from as (part: unknown) => Buffer),
      ),
    );
    await assert.rejects(importLog(store, file, SERVER), {
      name: 'PlainError',
      message: fault,
    });
  }
  const many = Array.from({ length: 1_200 }, () => `${JSON.stringify(message)}\n`).join('');
  writeFileSync(file, `${many}{}\n`);
  await assert.rejects(importLog(store, file, SERVER), /lobby\.ndjson:1201: not an event/);
  await assert.rejects(importLog(store, await withoutEnd(folder), SERVER), {
    name: 'PlainError',
    message: /endless\.ndjson: one of its entries has more than 16 MB; it is refused$/,
  });
  const none = join(folder, 'none.ndjson');
  await assert.rejects(
    importLog(store, none, SERVER),
    /none\.ndjson: it cannot be read \(ENOENT\)/,
  );
  await assert.rejects(importLog(store, join(folder, 'chat.ndjson'), SERVER), /its name is not/);
  assert.deepEqual(await store.channels({ after: '', limit: 10 }), []);
  await store.append([{ kind: 'close', channel: 'lobby', server: 'test', at: AT }]);
  writeFileSync(file, `${JSON.stringify(message)}\n`);
  await assert.rejects(importLog(store, file, SERVER), /lobby\.ndjson:1: the channel is closed/);
});

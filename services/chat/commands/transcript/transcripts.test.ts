import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isMessage } from '@parley/contract/events/event.ts';
import { openTranscriptClock } from '@parley/contract/events/transcript.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { Store } from '../../store/store.ts';
import { exportTranscripts } from './export.ts';
import { importTranscript } from './import.ts';
import { openLocalTime } from './local-time.ts';

const UTC = { timezone: 'UTC', server: 'test' };

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-transcripts-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function write(folder: string, name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function messages(store: Store, channel: string): Promise<string[][]> {
  const all = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 1000, newest: false };
  const { events } = await store.page({ channel, ...all });
  return events.filter(isMessage).map(({ at, username, message }) => [at, username, message]);
}

test('exported messages are imported unchanged, with times to the second', async (t) => {
  const folder = folderOf(t);
  await using from = await openSqliteStore(join(folder, 'from.db'));
  await using to = await openSqliteStore(join(folder, 'to.db'));
  const at = Date.UTC(2018, 1, 25, 14, 0, 51);
  const messageDraft = (channel: string, username: string, message: string) => ({
    ...({ kind: 'message', channel, username, message } as const),
    author: null,
    server: 'test',
    at,
  });
  await from.append([
    messageDraft('lobby', 'omri', 'hi everybody!'),
    messageDraft('lobby', 'two\nlines', 'a\nb\u2028c: d\t<b>'),
    messageDraft('Küche.1', 'Émile', '😀'),
    messageDraft(CANARY_CHANNEL, 'broadcast-1', 'of no interest to people'),
    ...Array.from({ length: 1200 }, (_, i) => messageDraft('long', 'ada', `m${i}`)),
  ]);
  const exported = exportTranscripts(from, {
    folder: join(folder, 'out'),
    channels: [],
    timezone: 'UTC',
  });
  const files = await Array.fromAsync(exported);
  assert.deepEqual(
    files.map((file) => file.slice(folder.length)),
    ['/out/Küche.1.txt', '/out/lobby.txt', '/out/long.txt'],
  );
  assert.equal(
    readFileSync(files[1] ?? '', 'utf8'),
    '[2018-02-25 14:00:51] omri: hi everybody!\n[2018-02-25 14:00:51] two\\nlines: a\\nb\\u2028c: d\t<b>\n',
  );
  for (const file of files) await importTranscript(to, file, UTC);
  for (const channel of ['lobby', 'Küche.1', 'long']) {
    assert.deepEqual(await messages(to, channel), await messages(from, channel));
  }
});

test('a file imported again stores nothing, and a file that has grown stores its new lines only', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const line = '[2018-02-25 14:00:51] omri: again\n';
  const file = write(folder, 'lobby.txt', line + line);
  assert.equal(await importTranscript(store, file, UTC), 2);
  assert.equal(await importTranscript(store, file, UTC), 0);
  assert.equal((await messages(store, 'lobby')).length, 2);
  write(folder, 'lobby.txt', line + line + line);
  assert.equal(await importTranscript(store, file, UTC), 1);
  write(
    folder,
    'lobby.txt',
    `\ufeff${line}${line}${line}[2018-02-25 14:00:52] eve: new`.replaceAll('\n', '\r\n'),
  );
  assert.equal(await importTranscript(store, file, UTC), 1);
  assert.equal((await messages(store, 'lobby')).length, 4);
});

test('a file that an older Parley imported, and that has grown since, stores its new lines only', async (t) => {
  const folder = folderOf(t);
  const line = '[2018-02-25 14:00:51] omri: again\n';
  for (const content of [line + line, (line + line).trimEnd()]) {
    await using store = await openSqliteStore(join(folder, `${content.length}.db`));
    const digest = createHash('sha256').update(content).digest('base64url');
    const at = Date.UTC(2018, 1, 25, 14, 0, 51);
    const common = {
      kind: 'message',
      channel: 'lobby',
      username: 'omri',
      message: 'again',
    } as const;
    const older = { ...common, author: null, server: 'old', at };
    await store.append([1, 2].map((i) => ({ ...older, key: `import:${digest}:${i}` })));
    const file = write(folder, 'lobby.txt', content);
    assert.equal(await importTranscript(store, file, UTC), 0);
    write(folder, 'lobby.txt', line + line + line);
    assert.equal(await importTranscript(store, file, UTC), 1);
    assert.equal(await importTranscript(store, file, UTC), 0);
  }
});

test('lines may end with LF, CR LF or CR, after a byte order mark', async (t) => {
  const folder = folderOf(t);
  const lines = ['[2018-02-25 14:00:51] omri: a', '[2018-02-25 14:00:52] omri: b'];
  for (const [i, end] of ['\n', '\r\n', '\r'].entries()) {
    await using store = await openSqliteStore(join(folder, `${i}.db`));
    const file = write(folder, 'lobby.txt', `\ufeff${lines.map((line) => line + end).join('')}`);
    assert.equal(await importTranscript(store, file, UTC), 2);
    assert.deepEqual(await messages(store, 'lobby'), [
      ['2018-02-25T14:00:51.000Z', 'omri', 'a'],
      ['2018-02-25T14:00:52.000Z', 'omri', 'b'],
    ]);
  }
});

test('a channel whose name is too long for a file does not stop the export of others', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const common = { kind: 'message', username: 'ada', message: 'hi', author: null } as const;
  const names = ['a', '𝒜'.repeat(62), '𝒜'.repeat(63), '𝒜'.repeat(64)];
  await store.append(names.map((channel) => ({ ...common, channel, server: 'test', at: 0 })));
  const files: string[] = [];
  await assert.rejects(
    async () => {
      const options = { folder: join(folder, 'out'), channels: [], timezone: 'UTC' };
      for await (const file of exportTranscripts(store, options)) files.push(file);
    },
    { name: 'PlainError', message: /GET \/chat\/<channel>: 𝒜{63}, 𝒜{64}$/u },
  );
  assert.equal(files.length, 2);
});

test('a file name with decomposed letters is the channel with composed letters', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const line = '[2018-02-25 14:00:51] omri: hi\n';
  await importTranscript(store, write(folder, 'Ku\u0308che.txt', line), UTC);
  assert.equal((await messages(store, 'Küche')).length, 1);
});

test('an imported transcript keeps its names, also the names of accounts', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const email = 'omri@example.org';
  await store.accounts.add({
    id: 'o',
    username: 'Omri',
    nameKey: 'omri',
    email,
    emailKey: email,
    passwordHash: 'x',
    admin: false,
    at: 0,
  });
  const file = write(folder, 'lobby.txt', '[2018-02-25 14:00:51] omri: hi\n');
  assert.equal(await importTranscript(store, file, UTC), 1);
  assert.equal((await messages(store, 'lobby'))[0]?.[1], 'omri');
});

test('a malformed line is refused with its number, and nothing of its file is stored', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const good = '[2018-02-25 14:00:51] omri: hi\n';
  const cases: [name: string, text: string | Uint8Array, fault: RegExp][] = [
    ['lobby.txt', `${good}no time: hi\n`, /lobby\.txt:2: not of the form/],
    [
      'lobby.txt',
      `${good}${good}[2018-13-25 14:00:51] omri: hi\n`,
      /lobby\.txt:3: there is no time 2018-13-25 14:00:51/,
    ],
    ...[
      '2018-02-30 14:00:51',
      '2018-02-25 24:00:00',
      '2018-02-25 23:59:60',
      '0000-00-00 00:00:00',
    ].map((time): (typeof cases)[number] => [
      ...(['lobby.txt', `[${time}] omri: hi\n`] as const),
      new RegExp(`lobby\\.txt:1: there is no time ${time}`),
    ]),
    ['lobby.txt', '[2018-02-25 14:00:51] omri hi', /lobby\.txt:1: not of the form/],
    ['lobby.txt', `${good}[2018-02-25 14:00:51] omri: \n`, /lobby\.txt:2: The message is empty/],
    ['lobby.txt', `${good}\n${good}`, /lobby\.txt:2: not of the form/],
    [
      'lobby.txt',
      `[2018-02-25 14:00:51] omri: ${'x'.repeat(4001)}\n`,
      /lobby\.txt:1: The message has more than 4000/,
    ],
    ['lobby.txt', Uint8Array.of(0xff, 0x0a), /lobby\.txt: the file is not valid UTF-8/],
    ['chat.txt', good, /chat\.txt: its name is not a channel's: "chat" is a path of the API/],
  ];
  for (const [name, text, fault] of cases) {
    await assert.rejects(importTranscript(store, write(folder, name, text), UTC), {
      name: 'PlainError',
      message: fault,
    });
  }
  await assert.rejects(importTranscript(store, join(folder, 'none.txt'), UTC), /cannot be read/);
  assert.deepEqual(await store.channels({ after: '', limit: 10 }), []);
});

test('times are read in the given time zone', () => {
  const berlin = openLocalTime('Europe/Berlin');
  const iso = (localTime: string) => new Date(berlin(localTime)).toISOString();
  assert.equal(iso('2018-02-25T14:00:51'), '2018-02-25T13:00:51.000Z');
  assert.equal(iso('2018-07-25T14:00:51'), '2018-07-25T12:00:51.000Z');
  assert.equal(iso('2018-03-25T01:59:59'), '2018-03-25T00:59:59.000Z');
  assert.equal(iso('2018-03-25T03:00:00'), '2018-03-25T01:00:00.000Z');
  assert.equal(iso('2018-10-28T03:00:00'), '2018-10-28T02:00:00.000Z');
  assert.throws(() => iso('2018-03-25T02:30:00'), /clocks in Europe\/Berlin never showed/);
  for (const zone of ['UTC', 'Europe/Berlin', 'Pacific/Auckland']) {
    for (const time of ['0001-02-01T12:00:00', '0999-12-31T23:59:59', '9999-12-30T23:59:59']) {
      const at = new Date(openLocalTime(zone)(time)).toISOString();
      assert.equal(openTranscriptClock(zone)(at).replace(' ', 'T'), time);
    }
  }
  for (const edge of ['0000-01-01T00:00:00', '0001-01-01T00:00:00', '9999-12-31T23:59:59']) {
    for (const zone of ['Pacific/Auckland', 'America/New_York']) {
      try {
        openLocalTime(zone)(edge);
      } catch (error) {
        assert.ok(error instanceof PlainError, String(error));
      }
    }
  }
  assert.equal(
    new Date(openLocalTime('UTC')('2018-02-25T14:00:51')).toISOString(),
    '2018-02-25T14:00:51.000Z',
  );
});

test('an export to the path of a file names the mistake', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const file = write(folder, 'notes.txt', 'mine');
  await assert.rejects(
    exportTranscripts(store, { folder: file, channels: [], timezone: 'UTC' }).next(),
    (error) =>
      error instanceof PlainError && /notes\.txt cannot be made: it is a file/.test(error.message),
  );
  assert.equal(readFileSync(file, 'utf8'), 'mine');
});

test('an export of a channel that does not exist names it and writes nothing', async (t) => {
  const folder = folderOf(t);
  await using store = await openSqliteStore(join(folder, 'log.db'));
  const options = { folder: join(folder, 'out'), channels: ['lobby'], timezone: 'UTC' };
  await assert.rejects(
    exportTranscripts(store, options).next(),
    (error) => error instanceof PlainError && error.message === 'There is no channel lobby.',
  );
  assert.ok(!existsSync(options.folder));
});

import assert from 'node:assert/strict';
import {
  copyFile,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { Metrics } from '@parley/kit/metrics.ts';
import { messageDraft, open, page } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { measureBackups } from '../../backup-time.ts';
import { type BackupFacts, HEADER_BYTES, writeBackup } from './backup-file.ts';
import { newestBackup } from './backup-folder.ts';
import { makeBackup, repeatBackups, restoreBackup, tryBackup } from './make-backup.ts';
import { sqliteDatabase } from './sqlite.ts';

/** A store with some messages, its backups' folder, and a store that is another file. */
async function prepare(t: TestContext) {
  const folder = await temporaryFolder();
  t.after(() => folder[Symbol.asyncDispose]());
  const at = (name: string) => join(folder.path, name);
  const path = at('parley.db');
  await add(path, 'first');
  const database = sqliteDatabase(path);
  const backUp = (keep?: number) => lines(makeBackup(database, { folder: at('backups'), keep }));
  await backUp();
  const [name = ''] = await readdir(at('backups'));
  return { at, path, database, backUp, file: join(at('backups'), name) };
}

async function add(path: string, message: string): Promise<void> {
  await using store = await open(`sqlite:${path}`);
  await store.append([messageDraft('lobby', message)]);
}

async function messages(path: string): Promise<string[]> {
  await using store = await open(`sqlite:${path}`);
  const { events } = await page(store, { channel: 'lobby' });
  return events.map((event) => ('message' in event ? event.message : event.kind));
}

const lines = (work: AsyncGenerator<string>) => Array.fromAsync(work);

test('a backup that is damaged anywhere is refused, and the store stays', async (t) => {
  const { at, path, database, file } = await prepare(t);
  await add(path, 'second');
  const { size } = await stat(file);
  const bytes = await readFile(file);
  const damaged = at('damaged.backup');
  const places = [0, 16, 40, 300, HEADER_BYTES - 2, HEADER_BYTES, HEADER_BYTES + 1];
  for (const place of [...places, Math.floor(size / 2), size - 2, size - 1]) {
    const copy = Buffer.from(bytes);
    copy[place] = (copy[place] ?? 0) ^ 1;
    await writeFile(damaged, copy);
    const refused = lines(restoreBackup(database, { file: damaged, replace: true }));
    await assert.rejects(refused, /damaged|no backup/, `byte ${place}`);
  }
  for (const part of [bytes.subarray(0, 0), bytes.subarray(0, 100), bytes.subarray(0, size - 1)]) {
    await writeFile(damaged, part);
    const refused = lines(restoreBackup(database, { file: damaged, replace: true }));
    await assert.rejects(refused, /damaged|no backup/, `${part.length} bytes`);
  }
  await writeFile(damaged, Buffer.concat([bytes, Buffer.from('x')]));
  await assert.rejects(lines(tryBackup(database, damaged)), /damaged/);
  await assert.rejects(lines(tryBackup(database, at('missing'))), /cannot be read \(ENOENT\)/);
  assert.deepEqual(await messages(path), ['first', 'second']);
  assert.deepEqual((await readdir(at('.'))).sort(), ['backups', 'damaged.backup', 'parley.db']);
});

test('a backup of a newer Parley, of another database, or that differs from its header is refused', async (t) => {
  const { at, path, database } = await prepare(t);
  const facts = { database: 'SQLite', madeAt: '2026-11-30T00:00:00.000Z', tables: [] } as const;
  const totals = { channels: 1, events: 1, accounts: 0, digest: 'other' };
  const refusals: [Partial<BackupFacts>, RegExp][] = [
    [{ schema: 9999 }, /made by a newer Parley/],
    [{ database: 'PostgreSQL', schema: [] }, /backup of PostgreSQL, and the store is SQLite/],
    [{ schema: 1, totals }, /differs from what was backed up/],
  ];
  for (const [differing, error] of refusals) {
    const file = at('made.backup');
    await using handle = await openFile(file, 'w');
    const whole = { ...facts, schema: 1, ...differing, tables: [] };
    await writeBackup(handle, Readable.from([await readFile(path)]), async () => whole);
    await assert.rejects(lines(restoreBackup(database, { file, replace: true })), error);
  }
  assert.deepEqual(await messages(path), ['first']);
});

test('a store in use, or with content, is not replaced; what was stored later is gone after a restore', async (t) => {
  const { path, database, file } = await prepare(t);
  await add(path, 'second');
  const restore = (replace: boolean) => lines(restoreBackup(database, { file, replace }));
  await assert.rejects(restore(false), /--replace removes them first/);
  {
    await using _store = await open(`sqlite:${path}`);
    await assert.rejects(restore(true), /stop it first/);
  }
  assert.deepEqual(await messages(path), ['first', 'second']);
  const [line] = await restore(true);
  assert.match(line ?? '', /^restored 1 channels, 1 events and 0 accounts of 20/);
  assert.deepEqual(await messages(path), ['first']);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('--keep removes the oldest backups and nothing else; a killed backup leaves no name of a backup', async (t) => {
  const { at, backUp, file } = await prepare(t);
  const folder = at('backups');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const killed = 'parley-2026-01-01T00-00-00-000Z.backup.partial';
  const underWay = 'parley-2026-01-02T00-00-00-000Z.backup.partial.dump';
  for (const name of ['notes.txt', killed, underWay]) await writeFile(join(folder, name), '');
  await utimes(join(folder, killed), 1, 1);
  await copyFile(file, join(folder, 'parley-2020-01-01T00-00-00-000Z.backup'));
  const [made = '', ...removed] = await backUp(2);
  assert.deepEqual(removed, ['removed parley-2020-01-01T00-00-00-000Z.backup']);
  const kept = [file, made.split(': ')[0] ?? ''].map((path) => path.slice(folder.length + 1));
  assert.deepEqual((await readdir(folder)).sort(), ['notes.txt', ...kept, underWay].sort());
});

test('a folder that cannot be written to and a store that does not exist are reported', async (t) => {
  const { at, database, file } = await prepare(t);
  const under = makeBackup(database, { folder: join(file, 'backups'), keep: 1 });
  await assert.rejects(lines(under), /cannot be written to \(ENOTDIR\)/);
  const none = makeBackup(sqliteDatabase(at('none.db')), {
    folder: at('backups'),
    keep: undefined,
  });
  await assert.rejects(lines(none), /there is no store at/);
  assert.equal((await readdir(at('backups'))).length, 1);
});

test('chat shows the time of the newest complete backup, and 0 without one', async (t) => {
  const { at, file } = await prepare(t);
  const shown = async (folder: string) => {
    const metrics = new Metrics();
    measureBackups(folder, metrics);
    const name = 'parley_backup_newest_timestamp_seconds';
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await metrics.text())?.[1]);
  };
  await writeFile(`${at('backups')}/parley-2999-01-01T00-00-00-000Z.backup.partial`, '');
  const madeAt = Number((await shown(at('backups'))) * 1000);
  assert.ok(Math.abs(madeAt - (await stat(file)).mtimeMs) < 5_000, `${madeAt}`);
  assert.equal(await shown(at('none')), 0);
  assert.ok(Number.isNaN(await shown('')));
});

test('--every makes a backup when the newest one is old, and goes on after a failure', async (t) => {
  const { at, database, file } = await prepare(t);
  await rm(file);
  const stop = new AbortController();
  const failures: unknown[] = [];
  const made: string[] = [];
  const repeating = repeatBackups(
    database,
    { folder: at('backups/daily'), keep: 2, everyMs: 120 },
    { signal: stop.signal, onFailure: (error) => void failures.push(error) },
  );
  await writeFile(at('backups/daily'), '');
  const over = (async () => {
    for await (const line of repeating) made.push(line);
  })();
  await until('it has failed', () => failures.length > 0);
  assert.match(String(failures[0]), /cannot be written to/);
  await rm(at('backups/daily'));
  await until('an old one was removed', () => made.some((line) => line.startsWith('removed')));
  stop.abort();
  await over;
  const folder = at('backups/daily');
  const names = await readdir(folder);
  assert.equal(names.length, 2);
  const second = await newestBackup(folder);
  await rm(join(folder, names.sort().at(-1) ?? ''));
  const first = await newestBackup(folder);
  const apart = Number(second) - Number(first);
  assert.ok(apart >= 120, `${apart} ms apart`);
});

import { createReadStream, createWriteStream } from 'node:fs';
import { chown, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PlainError } from '@parley/kit/plain-error.ts';
import { copyHooks, hooksFileOf } from '@parley/store/sqlite/hooks-file.ts';
import { ensurePrivateDatabase } from '@parley/store/sqlite/private-database.ts';
import { SCHEMA_VERSION } from '../../store/sqlite/schema.ts';
import { afterRestore } from './after-restore.ts';
import type { BackupHeader, Totals } from './backup-file.ts';
import { syncFile } from './backup-folder.ts';
import { type BackupDatabase, DIFFERS, HAS_CONTENT, RUNS } from './database.ts';
import { countAll } from './totals.ts';

/** All pages in one step: a step sees one moment of the file, and a writer waits for none. */
const EVERY_PAGE = 2 ** 31 - 1;
/** SQLITE_BUSY */
const BUSY = 5;
const NEW_EPOCH = 'lower(hex(randomblob(6)))';
const BESIDE = ['', '-journal', '-wal', '-shm'];

/** An SQLite file. Its backup is a copy of the file. */
export function sqliteDatabase(path: string): BackupDatabase {
  return {
    name: 'SQLite',
    knows: (schema) => typeof schema === 'number' && schema <= SCHEMA_VERSION,
    async dump(work) {
      await (await open(work, 'wx', 0o600)).close();
      const remove = () => removeFiles(work);
      try {
        await copy(path, work);
        using database = new DatabaseSync(work);
        // So that the copy is one file.
        database.exec('PRAGMA journal_mode = DELETE');
        await addHooks(path, `${work}.hooks`, database);
        const facts = { ...describe(database), totals: await count(database) };
        return {
          stream: createReadStream(work),
          facts: async () => facts,
          [Symbol.asyncDispose]: remove,
        };
      } catch (error) {
        await remove();
        throw error;
      }
    },
    async restore(dump, header, replace) {
      ensurePrivateDatabase(path);
      using present = lock(path);
      if (!replace && hasContent(present)) throw new PlainError(HAS_CONTENT);
      const work = `${path}.restoring`;
      await removeFiles(work);
      try {
        const totals = await load(dump, work, header);
        finish(work, header);
        await restoreHooks(work, path);
        await giveToOwner(work, path);
        await syncFile(work);
        await rename(work, path);
        await syncFile(path);
        // A Parley that opened the former file before the new one had its name refuses to start.
        present.exec(`PRAGMA user_version = ${EVERY_PAGE}; COMMIT`);
        return totals;
      } finally {
        await removeFiles(work);
      }
    },
    async check(dump, header) {
      const folder = await mkdtemp(join(tmpdir(), 'parley-check-'));
      try {
        return await load(dump, join(folder, 'parley.db'), header);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function copy(path: string, to: string): Promise<void> {
  if (!(await stat(path).catch(() => undefined))) {
    throw new PlainError(`there is no store at ${path}: check STORE_URL or DATA_DIR`);
  }
  try {
    using database = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
    await backup(database, to, { rate: EVERY_PAGE });
  } catch (error) {
    throw new PlainError(
      `no backup was made: ${path} cannot be copied: ${(error as Error).message}`,
    );
  }
}

/** A table that says that the hooks of a backup came from a file of their own. */
const OWN_FILE = 'hooks_had_own_file';

/**
 * Adds the hooks from their file. They are copied after the store: a position may then be after the
 * store's last event, and delivery goes on with the next one.
 */
async function addHooks(path: string, work: string, to: DatabaseSync): Promise<void> {
  const hooks = hooksFileOf(path);
  if (!(await stat(hooks).catch(() => undefined))) return;
  try {
    await (await open(work, 'wx', 0o600)).close();
    await copy(hooks, work);
    copyHooks(work, to);
    to.exec(`CREATE TABLE ${OWN_FILE} (present INTEGER)`);
  } finally {
    await removeFiles(work);
  }
}

/** Moves the hooks of a restored store to a file of their own, if they came from one. */
async function restoreHooks(work: string, path: string): Promise<void> {
  const hooks = hooksFileOf(path);
  const next = `${hooks}.restoring`;
  using store = new DatabaseSync(work);
  const { tables } = describe(store);
  const moved = tables.includes(OWN_FILE);
  await removeFiles(next);
  if (moved) {
    await (await open(next, 'wx', 0o600)).close();
    using database = new DatabaseSync(next);
    copyHooks(work, database);
    const own = tables.filter((table) => /^hook(_|$)/.test(table)).reverse();
    for (const table of [...own, OWN_FILE]) store.exec(`DROP TABLE ${table}`);
  }
  await removeFiles(hooks);
  if (!moved) return;
  await giveToOwner(next, path);
  await syncFile(next);
  await rename(next, hooks);
}

/** Writes a dump to a new file and compares it with the header. */
async function load(dump: Readable, path: string, header: BackupHeader): Promise<Totals> {
  await pipeline(dump, createWriteStream(path, { flags: 'wx', mode: 0o600 })).catch((error) => {
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw syscall
      ? new PlainError(`nothing was restored: ${path} cannot be written (${code})`)
      : error;
  });
  using database = new DatabaseSync(path);
  const faults = database.prepare('PRAGMA integrity_check').all();
  if (faults[0]?.integrity_check !== 'ok') throw new PlainError(DIFFERS);
  const totals = await count(database);
  if (totals.digest !== header.totals?.digest) throw new PlainError(DIFFERS);
  return totals;
}

function finish(path: string, header: BackupHeader): void {
  using database = new DatabaseSync(path);
  database.exec('PRAGMA secure_delete = ON; BEGIN');
  for (const statement of afterRestore(header, NEW_EPOCH)) database.exec(statement);
  database.exec('COMMIT');
}

/**
 * Opens the present file so that no other program can use it. In WAL mode every open connection
 * prevents the change of mode, which also empties the write-ahead log: a log that stays would be
 * applied to the next file of this name. The journal in memory has no file of that name either.
 */
function lock(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY) throw new PlainError(RUNS);
    throw new PlainError(
      `the present store cannot be opened (${(error as Error).message}): move ${path}, ${path}-wal and ${path}-shm to another folder and try again`,
    );
  }
}

function hasContent(database: DatabaseSync): boolean {
  const { tables } = describe(database);
  return ['channel', 'account'].some(
    (table) => tables.includes(table) && database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get(),
  );
}

function describe(database: DatabaseSync): { schema: number; tables: string[] } {
  const rows = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name NOT LIKE 'search\\_index%' ESCAPE '\\' ORDER BY name`,
    )
    .all();
  const version = database.prepare('PRAGMA user_version').get();
  return { schema: Number(version?.user_version), tables: rows.map(({ name }) => String(name)) };
}

function count(database: DatabaseSync): Promise<Totals> {
  const { tables } = describe(database);
  const query = async (sql: string) => database.prepare(sql).all();
  return countAll(query, { tables, characters: 'length' });
}

/** A restore by root leaves the file to the user that Parley runs as. */
async function giveToOwner(file: string, like: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat((await stat(like)).size > 0 ? like : dirname(like));
  await chown(file, uid, gid);
}

async function removeFiles(path: string): Promise<void> {
  for (const ending of BESIDE) await rm(path + ending, { force: true });
}

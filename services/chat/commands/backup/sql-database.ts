import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PlainError } from '@parley/kit/plain-error.ts';
import { Kysely, sql } from 'kysely';
import { LEASE_MS } from '../../store/lease.ts';
import type { SqlDialect } from '../../store/sql/dialect.ts';
import { MIGRATION_TABLE, TABLE_NAMES } from '../../store/sql/table-names.ts';
import type { BackupHeader, Totals } from './backup-file.ts';
import { HAS_CONTENT, RUNS } from './database.ts';
import { countAll } from './totals.ts';

/** How long one statement may take, such as the count of a long log. */
const STATEMENT_MS = 6 * 3_600_000;
/** The server ends the connections of a program that was killed, after the statement they are at. */
const CONNECTIONS_WAIT_MS = 5_000;
/** A lease of a Parley that was killed ends by itself. */
const LEASE_WAIT_MS = LEASE_MS + 1_000;
const ASK_AGAIN_MS = 250;

export type Rows = Record<string, unknown>[];

/** Opens connections to the store's database. */
export function openDatabase(dialect: SqlDialect): Kysely<unknown> {
  return new Kysely({ dialect: dialect.open({ connections: 2, statementMs: STATEMENT_MS }) });
}

/** @throws PlainError with what the database says; the rest of an error may show a password */
export async function query(on: Kysely<unknown>, text: string): Promise<Rows> {
  try {
    return (await sql.raw<Rows[number]>(text).execute(on)).rows;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PlainError(`the database cannot be used: ${message || code}: check STORE_URL`);
  }
}

/** The migrations that are done in a database, and its tables of chat. `own` selects tables' names. */
export async function describe(
  on: Kysely<unknown>,
  own: string,
): Promise<{ schema: string[]; tables: string[] }> {
  const present = new Set((await query(on, own)).map(({ name }) => String(name)));
  const tables = TABLE_NAMES.filter((name) => present.has(name));
  if (!tables.includes(MIGRATION_TABLE)) return { schema: [], tables };
  const rows = await query(on, `SELECT name FROM ${MIGRATION_TABLE} ORDER BY name`);
  return { schema: rows.map(({ name }) => String(name)), tables };
}

/** Like `describe`, for a backup. @throws PlainError when the database has no tables of Parley */
export async function describeStore(on: Kysely<unknown>, own: string) {
  const found = await describe(on, own);
  if (found.tables.length === 0)
    throw new PlainError('there are no tables of Parley: check STORE_URL');
  return found;
}

/** True when every name is one of the dialect's migrations. */
export function knowsAll({ migrations }: SqlDialect, schema: BackupHeader['schema']): boolean {
  return typeof schema === 'object' && schema.every((name) => Object.hasOwn(migrations, name));
}

/**
 * @throws PlainError while chat is connected to the database or holds a lease in it, or when it has
 * content and may not be replaced. `connections` counts the connections of others.
 */
export async function requireFree(
  on: Kysely<unknown>,
  {
    dialect,
    tables,
    connections,
    replace,
  }: { dialect: SqlDialect; tables: string[]; connections: string; replace: boolean },
): Promise<void> {
  await requireNone(CONNECTIONS_WAIT_MS, () => query(on, connections));
  const held = sql<Rows[number]>`SELECT count(*) AS n FROM lease WHERE expires > ${dialect.nowMs}`;
  if (tables.includes('lease')) {
    await requireNone(LEASE_WAIT_MS, async () => (await held.execute(on)).rows);
  }
  if (replace) return;
  for (const table of ['channel', 'account']) {
    if (!tables.includes(table)) continue;
    if ((await query(on, `SELECT 1 AS one FROM ${table} LIMIT 1`)).length > 0) {
      throw new PlainError(HAS_CONTENT);
    }
  }
}

/** Waits until a count is 0. @throws PlainError when it is not in time */
async function requireNone(waitMs: number, counted: () => Promise<Rows>): Promise<void> {
  for (const end = Date.now() + waitMs; Number((await counted())[0]?.n) > 0; ) {
    if (Date.now() > end) throw new PlainError(RUNS);
    await delay(ASK_AGAIN_MS);
  }
}

export function count(on: Kysely<unknown>, tables: string[]): Promise<Totals> {
  return countAll((text) => query(on, text), { tables, characters: 'char_length' });
}

/** Does work on a new database of the same server, which is removed afterwards. */
export async function withTemporaryDatabase<T>(
  on: Kysely<unknown>,
  storeUrl: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const name = `parley_check_${randomBytes(6).toString('hex')}`;
  try {
    await query(on, `CREATE DATABASE ${name}`);
  } catch (error) {
    throw new PlainError(
      `cannot make a temporary database: ${(error as Error).message}: give the login of STORE_URL the right to, or set STORE_URL to another server's`,
    );
  }
  try {
    const url = new URL(storeUrl);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await query(on, `DROP DATABASE ${name}`);
  }
}

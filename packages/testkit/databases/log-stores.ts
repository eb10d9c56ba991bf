import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { openStore } from '@parley/chat/store/open-store.ts';
import type { OpenedStore } from '@parley/chat/store/opened-store.ts';
import type { Appended, MessageDraft, PageQuery, Store } from '@parley/chat/store/store.ts';
import { type ChatMessage, isMessage } from '@parley/contract/events/event.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { type StoreKind, storeKinds } from './store-kinds.ts';

/**
 * A separate database for each test. `open` may be called again for another store on the same
 * database.
 */
export interface StoreDatabase {
  open(): Promise<OpenedStore>;
  /** The number of rows of a table. */
  count(table: string): Promise<number>;
  /** Runs a statement that all databases understand, beside the store. */
  execute(query: string): Promise<Record<string, unknown>[]>;
}

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');

const settings = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeConnections: 8 };
/** Opens the store at an address. */
export const open = (storeUrl: string) => openStore({ ...settings, storeUrl }, log);

/** Every store must pass the same tests; these are the stores. */
export const STORES = storeKinds().map((kind) => {
  const { name, options } = kind;
  const makeUrl = withTables(kind);
  return [
    name,
    (t: TestContext): StoreDatabase => {
      const url = makeUrl(t);
      return {
        open: async () => open(await url),
        count: async (table) => count(await url, table),
        execute: async (query) => execute(await url, query),
      };
    },
    options,
  ] as const;
});

/**
 * Makes databases for logs. Where databases can be copied, the first one is opened once, and the
 * others are copies of it: that takes less time than all migrations for each test.
 */
function withTables({ makeUrl, copy }: StoreKind): StoreKind['makeUrl'] {
  if (!copy) return makeUrl;
  let migrated: Promise<string> | undefined;
  return async (t) => {
    migrated ??= makeUrl(t).then(async (url) => {
      await (await open(url))[Symbol.asyncDispose]();
      return url;
    });
    return copy(await migrated);
  };
}

async function count(url: string, table: string): Promise<number> {
  const [row] = await execute(url, `SELECT count(*) AS n FROM ${table}`);
  return Number(row?.n);
}

async function execute(url: string, query: string): Promise<Record<string, unknown>[]> {
  if (url.startsWith('sqlite:')) {
    using database = new DatabaseSync(url.slice('sqlite:'.length));
    return database.prepare(query).all();
  }
  if (url.startsWith('postgres:')) {
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(query);
    await client.end();
    return rows;
  }
  const connection = await createConnection(url);
  const [rows] = await connection.query(query);
  await connection.end();
  return rows as Record<string, unknown>[];
}

/** Makes tests of one kind of store, each on an open store in its own database. */
export function testsOn([name, makeDatabase, options]: (typeof STORES)[number]) {
  return (what: string, body: (store: OpenedStore, database: StoreDatabase) => Promise<void>) =>
    test(`${name}: ${what}`, options, async (t) => {
      const database = makeDatabase(t);
      await using store = await database.open();
      await body(store, database);
    });
}

/** The time of every message here. */
export const AT = Date.UTC(2018, 1, 25, 14, 0, 51, 987);

/** The draft of a guest's message. */
export function messageDraft(
  channel: string,
  message: string,
  more: Partial<MessageDraft> = {},
): MessageDraft {
  const common = { kind: 'message', channel, username: 'omri', author: null, message } as const;
  return { ...common, server: 'chat-1', at: AT, ...more };
}

/** The whole log of a channel, or the part that `query` selects. */
export function page(store: Store, query: Partial<PageQuery> = {}) {
  const all = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 10_000, newest: false };
  return store.page({ channel: 'general', ...all, ...query });
}

/** The seqs of a page. */
export async function seqs(store: Store, query: Partial<PageQuery> = {}): Promise<number[]> {
  return (await page(store, query)).events.map(({ seq }) => seq);
}

/** The numbers from 1, or `from`, to `n`. */
export const upTo = (n: number, from = 1) =>
  Array.from({ length: n - from + 1 }, (_, i) => from + i);
/** The outcome of each append, or the reason of its refusal. */
export const outcomes = (results: Appended[]) =>
  results.map((result) => (result.outcome === 'refused' ? result.reason : result.outcome));
/** The message of an append: its event, or the message that a change is about. */
export function messageOf(result: Appended | undefined): ChatMessage | undefined {
  if (result === undefined || result.outcome === 'refused') return undefined;
  if ('event' in result && isMessage(result.event)) return result.event;
  return 'message' in result ? result.message : undefined;
}

/** The message of each append. */
export const events = (results: Appended[]) => results.map(messageOf);

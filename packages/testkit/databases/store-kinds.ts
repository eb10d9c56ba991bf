import { after, type TestContext } from 'node:test';
import { needs } from '../real-parts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Databases, openMariaDb, openPostgres } from './databases.ts';

/**
 * A kind of store to test on: its name, the address of a new empty database, and whether it is
 * installed.
 */
export interface StoreKind {
  name: 'SQLite' | 'PostgreSQL' | 'MariaDB';
  makeUrl(t: TestContext): Promise<string>;
  options: { skip: string | false };
}

/**
 * Every kind of store. The databases are on the shared servers of the run, or on servers of this
 * test file.
 */
export function storeKinds(): StoreKind[] {
  return [
    { name: 'SQLite', makeUrl: sqliteUrl, options: { skip: false } },
    { name: 'PostgreSQL', makeUrl: onServer(openPostgres), options: needs('postgresql') },
    { name: 'MariaDB', makeUrl: onServer(openMariaDb), options: needs('mariadb') },
  ];
}

async function sqliteUrl(t: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  t.after(() => folder[Symbol.asyncDispose]());
  return `sqlite:${folder.path}/new folder/store.db`;
}

function onServer(open: () => Promise<Databases>): StoreKind['makeUrl'] {
  let server: Promise<Databases> | undefined;
  let databases = 0;
  after(async () => (await server)?.[Symbol.asyncDispose]());
  return async () => {
    server ??= open();
    return (await server).create(`parley_${++databases}`);
  };
}

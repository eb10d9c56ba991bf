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
  /**
   * The address of a copy of a database without connections; undefined where copying saves
   * nothing.
   */
  copy?(url: string): Promise<string>;
  options: { skip: string | false };
}

/**
 * Every kind of store. The databases are on the shared servers of the run, or on servers of this
 * test file.
 */
export function storeKinds(): StoreKind[] {
  return [
    { name: 'SQLite', makeUrl: sqliteUrl, options: { skip: false } },
    { name: 'PostgreSQL', ...onServer(openPostgres), options: needs('postgresql') },
    { name: 'MariaDB', makeUrl: onServer(openMariaDb).makeUrl, options: needs('mariadb') },
  ];
}

async function sqliteUrl(t: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  t.after(() => folder[Symbol.asyncDispose]());
  return `sqlite:${folder.path}/new folder/store.db`;
}

function onServer(open: () => Promise<Databases>): Required<Pick<StoreKind, 'makeUrl' | 'copy'>> {
  let server: Promise<Databases> | undefined;
  let databases = 0;
  after(async () => (await server)?.[Symbol.asyncDispose]());
  const create = async (template?: string) => {
    server ??= open();
    return (await server).create(`parley_${++databases}`, template);
  };
  return {
    makeUrl: () => create(),
    copy: (url) => create(new URL(url).pathname.slice(1)),
  };
}

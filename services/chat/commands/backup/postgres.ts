import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { PlainError } from '@parley/kit/plain-error.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import type { StoreConfig } from '@parley/store/store-settings.ts';
import type { Kysely } from 'kysely';
import { postgresDialect } from '../../store/sql/postgres.ts';
import { afterRestore } from './after-restore.ts';
import { type BackupDatabase, DIFFERS } from './database.ts';
import { runScript } from './restore-script.ts';
import {
  count,
  describe,
  describeStore,
  knowsAll,
  openDatabase,
  query,
  requireFree,
  withTemporaryDatabase,
} from './sql-database.ts';
import { startTool } from './tool.ts';

const OWN_TABLES = 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()';
const CHATS = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
  AND pid <> pg_backend_pid() AND application_name IN ('parley-chat', 'parley-hooks')`;

/** PostgreSQL, by pg_dump, pg_restore and psql. */
export function postgresDatabase(address: SqlAddress, config: StoreConfig): BackupDatabase {
  const dialect = postgresDialect(address);
  return {
    name: 'PostgreSQL',
    knows: (schema) => knowsAll(dialect, schema),
    async dump() {
      await using stack = new AsyncDisposableStack();
      const database = openDatabase(dialect);
      stack.defer(() => database.destroy());
      const schema = await currentSchema(database);
      const moment = await database
        .startTransaction()
        .setIsolationLevel('repeatable read')
        .execute();
      stack.defer(() =>
        moment
          .rollback()
          .execute()
          .then(() => undefined),
      );
      await query(moment, 'SET LOCAL idle_in_transaction_session_timeout = 0');
      const { tables, ...rest } = await describeStore(moment, OWN_TABLES);
      const [row] = await query(moment, 'SELECT pg_export_snapshot() AS snapshot');
      const { uri, access } = addressFor(address.url, config);
      const dump = stack.use(
        startTool(
          'pg_dump',
          [
            `--dbname=${uri}`,
            '--format=custom',
            '--compress=0',
            '--no-owner',
            '--no-privileges',
            `--snapshot=${row?.snapshot}`,
            ...tables.map((table) => `--table="${schema}"."${table}"`),
          ],
          access,
        ),
      );
      dump.input.end();
      // Counted while the tool runs, in the same moment of the database.
      const totals = count(moment, tables);
      totals.catch(() => undefined);
      const opened = stack.move();
      return {
        stream: Readable.from(dump.output()),
        facts: async () => ({ ...rest, tables, totals: await totals }),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      };
    },
    async restore(dump, header, replace) {
      await using database = openDatabase(dialect);
      const schema = await currentSchema(database);
      const { tables } = await describe(database, OWN_TABLES);
      await requireFree(database, { dialect, tables, connections: CHATS, replace });
      const drop = tables.map((table) => `"${schema}"."${table}"`).join(', ');
      await load(address.url, config, {
        dump,
        schema,
        before: drop ? `DROP TABLE ${drop};\n` : '',
        after: afterRestore(header, newEpoch()),
      });
      return await count(database, header.tables);
    },
    async check(dump, header) {
      await using database = openDatabase(dialect);
      const schema = await currentSchema(database);
      return await withTemporaryDatabase(database, address.url, async (url) => {
        const before = `CREATE SCHEMA IF NOT EXISTS "${schema}";\n`;
        await load(url, config, { dump, schema, before, after: [] });
        await using restored = openDatabase(postgresDialect({ ...address, url }));
        const totals = await count(restored, header.tables);
        if (totals.digest !== header.totals?.digest) throw new PlainError(DIFFERS);
        return totals;
      });
    },
  };
}

/** Restores in one transaction, with the lock for which a starting Parley waits. */
async function load(
  url: string,
  config: StoreConfig,
  {
    dump,
    schema,
    before,
    after,
  }: { dump: Readable; schema: string; before: string; after: string[] },
): Promise<void> {
  const { uri, access } = addressFor(url, config);
  const psql = ['-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-d', uri];
  await using client = startTool('psql', psql, access);
  await using convert = startTool('pg_restore', ['--no-owner', '--no-privileges', '--file=-'], {
    env: {},
    secret: '',
  });
  await runScript(client, {
    before: `BEGIN; SET client_min_messages = warning; SET lock_timeout = '10s';\n${before}`,
    dump,
    convert,
    after: `SET search_path TO "${schema}";\n${after.map((text) => `${text};\n`).join('')}COMMIT;\n`,
  });
}

async function currentSchema(on: Kysely<unknown>): Promise<string> {
  const [row] = await query(on, 'SELECT current_schema() AS name');
  return String(row?.name);
}

/** SQL for a new epoch, which is random and differs between channels. */
function newEpoch(): string {
  const secret = randomBytes(16).toString('hex');
  return `substr(encode(sha256(convert_to('${secret}' || id, 'UTF8')), 'hex'), 1, 12)`;
}

/**
 * The address and the environment for PostgreSQL's programs: the password is in the environment.
 * What only Node's driver knows is left out of the address or translated.
 */
function addressFor(url: string, config: StoreConfig) {
  const address = new URL(url);
  const { searchParams: options } = address;
  const secret = decodeURIComponent(address.password || (options.get('password') ?? ''));
  address.password = '';
  const mode = options.get('sslmode') ?? (options.has('ssl') ? 'require' : undefined);
  const withTls = config.storeCaFile !== '' || config.storeCertFile !== '';
  for (const name of ['password', 'ssl', 'sslmode', 'uselibpqcompat']) options.delete(name);
  if (withTls) {
    for (const name of [...options.keys()]) if (name.startsWith('ssl')) options.delete(name);
  }
  const env = {
    PGAPPNAME: 'parley-backup',
    PGCONNECT_TIMEOUT: '10',
    ...(secret && { PGPASSWORD: secret }),
    ...(mode && { PGSSLMODE: mode === 'no-verify' ? 'require' : mode }),
    ...(withTls && {
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: config.storeCaFile || 'system',
      ...(config.storeCertFile && {
        PGSSLCERT: config.storeCertFile,
        PGSSLKEY: config.storeKeyFile,
      }),
    }),
  };
  return { uri: address.href, access: { env, secret } };
}

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { PlainError } from '@parley/kit/plain-error.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import type { StoreConfig } from '@parley/store/store-settings.ts';
import { mysqlDialect } from '../../../store/sql/mysql.ts';
import { MIGRATION_TABLE } from '../../../store/sql/table-names.ts';
import { afterRestore } from '../after-restore.ts';
import type { BackupHeader } from '../backup-file.ts';
import { type BackupDatabase, DIFFERS } from '../database.ts';
import { runScript } from '../restore-script.ts';
import {
  count,
  describe,
  describeStore,
  knowsAll,
  openDatabase,
  requireFree,
  withTemporaryDatabase,
} from '../sql-database.ts';
import { startTool, type Tool } from '../tool.ts';
import { DumpContent } from './dump-content.ts';
import { addressFor, findTools } from './mysql-tools.ts';

const OWN_TABLES =
  'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()';
const OTHERS = `SELECT count(*) AS n FROM information_schema.processlist
  WHERE db = database() AND id <> connection_id()`;
/** Parley does not open a store that has done a migration of a name that it does not know. */
const UNFINISHED = 'restore-not-finished-restore-again';
/** Its rows are in the header. */
const isDumped = (table: string) => table !== MIGRATION_TABLE;

/**
 * MySQL and MariaDB, by the tools of either. Tables are made and dropped outside of transactions
 * there: a store whose restore broke off has a migration that makes every Parley refuse it. The
 * names of the real migrations are in the header, and are written in the last transaction.
 */
export function mysqlDatabase(address: SqlAddress, config: StoreConfig): BackupDatabase {
  const dialect = mysqlDialect(address);
  return {
    name: 'MySQL',
    knows: (schema) => knowsAll(dialect, schema),
    async dump() {
      await using database = openDatabase(dialect);
      const { schema, tables } = await describeStore(database, OWN_TABLES);
      if (schema.includes(UNFINISHED)) throw new PlainError('the last restore is not finished');
      const dump = await startDump(address.url, config, tables);
      return {
        stream: Readable.from(dump.output()),
        facts: async () => ({ schema, tables }),
        [Symbol.asyncDispose]: () => dump[Symbol.asyncDispose](),
      };
    },
    async restore(dump, header, replace) {
      await using database = openDatabase(dialect);
      const { tables } = await describe(database, OWN_TABLES);
      await requireFree(database, { dialect, tables, connections: OTHERS, replace });
      await load(address.url, config, {
        dump,
        header,
        drop: tables.filter(isDumped),
        after: afterRestore(header, newEpoch()),
      });
      return await count(database, header.tables);
    },
    async check(dump, header) {
      await using database = openDatabase(dialect);
      return await withTemporaryDatabase(database, address.url, async (url) => {
        const content = new DumpContent();
        const read = Readable.from(content.through(dump));
        await load(url, config, { dump: read, header, drop: [], after: [] });
        await requireSame(content, await startDump(url, config, header.tables));
        await using restored = openDatabase(mysqlDialect({ ...address, url }));
        return await count(restored, header.tables);
      });
    },
  };
}

async function startDump(url: string, config: StoreConfig, tables: string[]): Promise<Tool> {
  const { dump, dumpOptions, tls } = await findTools(config);
  const { database, args, access } = addressFor(url);
  const tool = startTool(
    dump,
    [
      '--no-defaults',
      ...args,
      ...tls,
      ...dumpOptions,
      '--single-transaction',
      '--skip-lock-tables',
      '--quick',
      // The order of the primary key, and no comments: the same content gives the same dump.
      '--order-by-primary',
      '--skip-comments',
      '--no-tablespaces',
      '--default-character-set=utf8mb4',
      '--max-allowed-packet=1G',
      database,
      ...tables.filter(isDumped),
    ],
    access,
  );
  tool.input.end();
  return tool;
}

async function load(
  url: string,
  config: StoreConfig,
  {
    dump,
    header,
    drop,
    after,
  }: { dump: Readable; header: BackupHeader; drop: string[]; after: string[] },
): Promise<void> {
  const { client, tls } = await findTools(config);
  const { database, args, access } = addressFor(url);
  const options = ['--batch', '--default-character-set=utf8mb4', '--max-allowed-packet=1G'];
  await using tool = startTool(
    client,
    ['--no-defaults', ...args, ...tls, ...options, database],
    access,
  );
  const time = new Date().toISOString();
  const names = (header.schema as string[]).map((name) => `('${name}', '${time}')`);
  await runScript(tool, {
    before: [
      `CREATE TABLE IF NOT EXISTS ${MIGRATION_TABLE}
         (name varchar(255) NOT NULL PRIMARY KEY, timestamp varchar(255) NOT NULL)`,
      `REPLACE INTO ${MIGRATION_TABLE} VALUES ('${UNFINISHED}', '${time}')`,
      'SET FOREIGN_KEY_CHECKS = 0',
      ...drop.map((table) => `DROP TABLE IF EXISTS ${table}`),
      '',
    ].join(';\n'),
    dump,
    after: [
      '',
      'START TRANSACTION',
      `DELETE FROM ${MIGRATION_TABLE}`,
      `INSERT INTO ${MIGRATION_TABLE} VALUES ${names.join(', ')}`,
      ...after,
      'COMMIT',
      '',
    ].join(';\n'),
  });
}

/** The tool shows no moment that another connection could count in, so the dumps are compared. */
async function requireSame(content: DumpContent, tool: Tool): Promise<void> {
  await using dump = tool;
  const restored = new DumpContent();
  for await (const chunk of dump.output()) restored.add(chunk);
  if (restored.digest() !== content.digest()) throw new PlainError(DIFFERS);
}

/** SQL for a new epoch, which is random and differs between channels. */
function newEpoch(): string {
  return `left(sha2(concat('${randomBytes(16).toString('hex')}', id), 256), 12)`;
}

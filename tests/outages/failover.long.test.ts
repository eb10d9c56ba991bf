import assert from 'node:assert/strict';
import { chown, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startMariaDb, startPostgres } from '@parley/testkit/databases/databases.ts';
import { messageDraft, open, page, upTo } from '@parley/testkit/databases/log-stores.ts';
import { nameLeadsTo } from '@parley/testkit/processes/name-lookup.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';

const OLD = '127.0.0.1';
const NEW = '127.0.0.2';

/** Two servers, the second a standby of the first, and what an operator does with them. */
interface Pair extends AsyncDisposable {
  /** The address of the database, with a name that resolves to the first server. */
  url: string;
  /**
   * Makes the first server read-only and, once the second has all its data, makes the second the
   * primary.
   */
  swap(): Promise<void>;
  readOnly: RegExp;
}

const PAIRS: [string, (name: string) => Promise<Pair>, { skip: string | false }][] = [
  ['PostgreSQL', postgresPair, needs('postgresql')],
  ['MariaDB', mariaDbPair, needs('mariadb')],
];

for (const [kind, startPair, options] of PAIRS) {
  test(
    `${kind}: after a failover the first post reaches the new primary, and reads follow it`,
    options,
    async () => {
      const name = `${kind.toLowerCase()}.test`;
      const addresses = [OLD];
      nameLeadsTo(name, addresses);
      await using pair = await startPair(name);
      await using store = await open(pair.url);
      await store.append([messageDraft('general', 'before')]);
      await pair.swap();
      await until('every connection leads to the old server', async () => {
        const reads = upTo(8).map(() => page(store).catch(() => undefined));
        return (await Promise.all(reads)).every((read) => read?.head === 1);
      });
      await assert.rejects(store.append([messageDraft('general', 'too early')]), pair.readOnly);
      await Promise.all(upTo(8).map(() => page(store)));

      addresses[0] = NEW;
      for (const i of upTo(50)) {
        const [stored] = await store.append([messageDraft('general', `after ${i}`)]);
        assert.equal(stored?.outcome, 'stored');
        const heads = await Promise.all(upTo(8).map(async () => (await page(store)).head));
        assert.deepEqual(heads, Array(8).fill(1 + i));
      }
    },
  );
}

async function postgresPair(name: string): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await startPostgres());
  const url = named(await first.create('parley'), name);
  const copy = { address: NEW, port: first.port, standbyOf: first };
  const second = stack.use(await startPostgres(copy));
  const moved = stack.move();
  return {
    url,
    async swap() {
      await first.end('SIGINT'); // ends once the standby has everything
      await second.execute('SELECT pg_promote()');
      const signal = `${first.folder}/data/standby.signal`;
      await writeFile(signal, '');
      const { uid, gid } = await stat(`${first.folder}/data`);
      await chown(signal, uid, gid);
      await first.start();
    },
    readOnly: /read-only transaction/,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function mariaDbPair(name: string): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const logging = (id: number) => ['--log-bin', `--server-id=${id}`];
  const first = stack.use(await startMariaDb({ args: logging(1) }));
  const { port } = first;
  const second = stack.use(await startMariaDb({ address: NEW, port, args: logging(2) }));
  await first.execute(
    "CREATE USER replica@'%' IDENTIFIED BY 'x'; GRANT REPLICATION SLAVE ON *.* TO replica@'%'",
  );
  await second.execute(
    `CHANGE MASTER TO MASTER_HOST='${OLD}', MASTER_PORT=${port}, MASTER_USER='replica',
      MASTER_PASSWORD='x', MASTER_USE_GTID=slave_pos; SET GLOBAL read_only = 1; START SLAVE`,
  );
  const url = named(await first.create('parley'), name);
  const moved = stack.move();
  return {
    url,
    async swap() {
      await first.execute('SET GLOBAL read_only = 1');
      const { stdout } = await first.execute('SELECT @@gtid_binlog_pos');
      await second.execute(`SELECT MASTER_GTID_WAIT('${stdout.trim().split('\n').at(-1)}', 20)`);
      await second.execute('STOP SLAVE; SET GLOBAL read_only = 0');
    },
    readOnly: /read-only option/,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

const named = (url: string, name: string) => url.replace(OLD, name);

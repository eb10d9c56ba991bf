import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresServer } from '@parley/store/sql/postgres-server.ts';
import { PREPARE } from '@parley/store/sql/prepared-statements.ts';
import { retrying } from '@parley/store/sql/retrying.ts';
import { startMariaDb, startPostgres } from '@parley/testkit/databases/databases.ts';
import {
  AT,
  messageDraft,
  open,
  outcomes,
  page,
  seqs,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import { startPgBouncer } from '@parley/testkit/databases/pgbouncer.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import { Kysely, sql } from 'kysely';
import pg from 'pg';

const IGNORED = 'statement_timeout,lock_timeout,idle_in_transaction_session_timeout';

test(
  'behind PgBouncer in transaction pooling mode two replicas store and read as without it',
  needs('pgbouncer'),
  async () => {
    await using postgres = await startPostgres();
    const url = await postgres.create('parley');
    await using bouncer = await startPgBouncer(url, { ignore_startup_parameters: IGNORED });
    // Started several times, because a lock of a session would stay with the server.
    for (const _ of upTo(4)) {
      await using _one = await open(bouncer.url);
      await using _other = await open(bouncer.url);
    }
    await using one = await open(bouncer.url);
    await using other = await open(bouncer.url);
    await Promise.all(
      upTo(100).flatMap((i) => [
        (i % 2 ? one : other).append([messageDraft('general', `m${i}`, { key: `k${i}` })]),
        page(one, { limit: 5 }),
      ]),
    );
    assert.deepEqual(await seqs(other), upTo(100));
    assert.deepEqual(outcomes(await one.append([messageDraft('general', 'm1', { key: 'k1' })])), [
      'replayed',
    ]);
    await other.check();
  },
);

test(
  'PgBouncer that refuses prepared statements is reported once, and each statement runs',
  needs('pgbouncer'),
  async () => {
    await using postgres = await startPostgres();
    const url = await postgres.create('parley');
    await using bouncer = await startPgBouncer(url, { ignore_startup_parameters: IGNORED });
    const reported: string[] = [];
    const server = postgresServer({
      url: bouncer.url,
      program: 'test',
      tls: undefined,
      onError: () => undefined,
      onRefusedName: ({ message }) => reported.push(message),
    });
    const limits = { connections: 4, statementMs: 10_000 };
    await using database = new Kysely({ dialect: server.open(limits) });
    const statement = sql`${sql.raw(PREPARE)} SELECT pg_sleep(0.01)`;
    await Promise.all(upTo(40).map(() => retrying(server, () => statement.execute(database))));
    assert.equal(reported.length, 1);
    assert.match(`${reported}`, /prepared statement/);
  },
);

test(
  'PgBouncer that refuses the time limits prevents the start, with the setting that fixes it',
  needs('pgbouncer'),
  async () => {
    await using postgres = await startPostgres();
    await using bouncer = await startPgBouncer(await postgres.create('parley'));
    await assert.rejects(open(bouncer.url), {
      name: 'StartError',
      message: /PgBouncer .* ignore_startup_parameters = statement_timeout,lock_timeout/,
    });
  },
);

test(
  'MariaDB with a limit of 1 MB for statements stores the largest batch',
  needs('mariadb'),
  async () => {
    await using mariadb = await startMariaDb({ args: ['--max-allowed-packet=1M'] });
    await using store = await open(await mariadb.create('parley'));
    const longest = ['𝕏', "'"].map((character) => character.repeat(4000));
    for (const message of longest) {
      const batch = upTo(256).map((i) =>
        messageDraft('general', message, {
          at: AT + i,
          key: `${longest.indexOf(message)}-${i}`.padEnd(255, 'k'),
        }),
      );
      assert.deepEqual(
        outcomes(await store.append(batch)),
        batch.map(() => 'stored'),
      );
      assert.deepEqual(
        outcomes(await store.append(batch)),
        batch.map(() => 'replayed'),
      );
    }
    assert.equal((await page(store, { after: 500 })).events.length, 12);
  },
);

test(
  'MariaDB with a lower limit for statements prevents the start, with the setting that fixes it',
  needs('mariadb'),
  async () => {
    await using mariadb = await startMariaDb({ args: ['--max-allowed-packet=512K'] });
    await assert.rejects(open(await mariadb.create('parley')), {
      name: 'StartError',
      message: /statements of up to 524288 bytes.*set max_allowed_packet=16M/,
    });
  },
);

test('PostgreSQL with another default isolation stores every post that writers send at once', async () => {
  await using postgres = await startPostgres({
    args: ['-c', 'default_transaction_isolation=serializable'],
  });
  const url = await postgres.create('parley');
  await using one = await open(url);
  await using other = await open(url);
  await one.append([messageDraft('general', 'first')]);
  await Promise.all(
    upTo(200).map((i) => (i % 2 ? one : other).append([messageDraft('general', `${i}`)])),
  );
  assert.deepEqual(await seqs(one), upTo(201));
});

test('PostgreSQL: a column that gets another type while chat runs stops no post', async () => {
  await using postgres = await startPostgres();
  const url = await postgres.create('parley');
  await using store = await open(url);
  await store.append([messageDraft('general', 'm1')]);
  const post = (i: number) => store.append([messageDraft('general', `m${i}`, { key: `k${i}` })]);
  for (const i of upTo(10, 2)) await post(i);
  await query(url, 'ALTER TABLE channel ALTER COLUMN closed TYPE integer');
  await Promise.all(upTo(30, 11).map(post));
  assert.deepEqual(await seqs(store), upTo(30));
});

test('PostgreSQL that has not counted its rows finds keys without reading the whole log', async () => {
  await using postgres = await startPostgres({ args: ['-c', 'autovacuum=off'], durable: false });
  const url = await postgres.create('parley');
  const batch = (from: number) =>
    upTo(from + 9, from).map((i) => messageDraft('general', `m${i}`, { key: `k${i}` }));
  {
    await using store = await open(url);
    await store.append(batch(1));
    await query(url, 'VACUUM ANALYZE'); // from here on PostgreSQL knows a log of 10 posts
    for (const i of upTo(300)) await store.append(batch(1 + 10 * i));
  }
  // A connection reports what it read when it ends.
  await until('every insert is reported', async () => {
    const { inserted, read } = await query(
      url,
      `SELECT n_tup_ins::int AS inserted, seq_tup_read::int AS read
        FROM pg_stat_user_tables WHERE relname = 'event'`,
    );
    if (inserted < 3010) return false;
    assert.ok(read < 1_000_000, `${read} rows read for 3,000 posts`);
    return true;
  });
});

/** Runs a statement and returns its first row. */
async function query(url: string, sql: string) {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows[0];
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMariaDb, openPostgres } from '@parley/testkit/databases/databases.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { migrate } from './migrate.ts';
import { mysqlServer } from './mysql-server.ts';
import { postgresServer } from './postgres-server.ts';

const common = { program: 'test', tls: undefined, onError() {}, onRefusedName() {} };
const STEPS = [
  'CREATE TABLE one (id int PRIMARY KEY)',
  'INSERT INTO one (id) VALUES (1)',
  'ALTER TABLE one ADD COLUMN a int, ADD KEY one_a (a)',
  'CREATE INDEX one_id ON one (id, a)',
];

test(
  'MariaDB: a migration that broke off after some of its steps goes on at the next start',
  needs('mariadb'),
  async () => {
    await using mariadb = await openMariaDb();
    const url = await mariadb.create('parley_migrate');
    const server = mysqlServer({ ...common, url }, { packetBytes: 1_000 });
    const take = (steps: string[]) =>
      migrate(server, { table: 'migration', migrations: { '0001-one': steps } });
    await assert.rejects(take([...STEPS, 'ALTER TABLE one DROP COLUMN b']), { errno: 1091 });
    await take([...STEPS, 'ALTER TABLE one ADD COLUMN b int']);
    const connection = await createConnection(url);
    const [rows] = await connection.query('SELECT id, a, b FROM one');
    await connection.end();
    assert.deepEqual(rows, [{ id: 1, a: null, b: null }]);
  },
);

test(
  'PostgreSQL: a migration that waits for a table that is read does not stop those who write to it',
  needs('postgresql'),
  async () => {
    await using postgres = await openPostgres();
    const url = await postgres.create('parley_migrate');
    const take = (...steps: string[]) =>
      migrate(postgresServer({ ...common, url }), {
        table: 'migration',
        migrations: Object.fromEntries(steps.map((step, at) => [`000${at}`, [step]])),
      });
    await take('CREATE TABLE one (id int)');
    const [reader, writer] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([reader.connect(), writer.connect()]);
    await reader.query('BEGIN; LOCK TABLE one IN ACCESS SHARE MODE');
    const taken = take('CREATE TABLE one (id int)', 'ALTER TABLE one ADD COLUMN a int');
    await until('the migration waits', async () => {
      const waits = await writer.query(
        "SELECT FROM pg_locks WHERE relation = 'one'::regclass AND NOT granted",
      );
      return waits.rowCount === 1;
    });
    await writer.query("SET lock_timeout = '5s'; INSERT INTO one VALUES (1)");
    await reader.query('COMMIT');
    await taken;
    const { rows } = await writer.query('SELECT id, a FROM one');
    await Promise.all([reader.end(), writer.end()]);
    assert.deepEqual(rows, [{ id: 1, a: null }]);
  },
);

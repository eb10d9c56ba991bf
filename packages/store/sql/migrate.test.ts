import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMariaDb } from '@parley/testkit/databases/databases.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { createConnection } from 'mysql2/promise';
import { migrate } from './migrate.ts';
import { mysqlServer } from './mysql-server.ts';

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
    await using mariadb = await startMariaDb();
    const url = await mariadb.create('parley');
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

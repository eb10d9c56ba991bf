import assert from 'node:assert/strict';
import { test } from 'node:test';
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

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '@parley/testkit/databases/databases.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const SERVERS = { postgresql: startPostgres, mariadb: startMariaDb };
/** The limit of a statement, 10 s, and a margin. */
const ANSWER_MS = 12_000;

suite('a database that hangs', { concurrency: true }, () => {
  for (const kind of ['postgresql', 'mariadb'] as const) {
    test(
      `${kind}: all waiting posts get 503 within 12 s, and after the database goes on each is stored once`,
      needs(kind),
      async () => {
        await using database = await SERVERS[kind]();
        const STORE_URL = await database.create('parley');
        await using folder = await temporaryFolder();
        const env = { STORE_URL, DATA_DIR: folder.path };
        await using parley = await start('services/standalone', env);
        using reader = new EventReader(parley.url, 'hangs');
        await reader.greeted();
        await post(parley.url, 'hangs', 'before');

        signal(database, 'SIGSTOP');
        const asked = Array.from({ length: 20 }, (_, i) => ({
          key: randomUUID(),
          message: `m${i}`,
        }));
        const postMessage = async ({ key, message }: { key: string; message: string }) => {
          const { status, ms } = await postWithKey(parley.url, { key, message });
          assert.equal(status, 503);
          assert.ok(ms < ANSWER_MS, `answered after ${ms} ms`);
        };
        const first = postMessage(asked[0] ?? assert.fail());
        await Promise.all([first, ...asked.slice(1).map(postMessage)]);
        signal(database, 'SIGCONT');

        for (const each of asked) {
          await until('the message is stored', async () => {
            const { status } = await postWithKey(parley.url, each);
            return status === 200 || status === 201;
          });
        }
        const log = await wholeLog(parley.url, 'hangs');
        assert.deepEqual(
          log.map(({ message }) => message).sort(),
          ['before', ...asked.map(({ message }) => message)].sort(),
        );
        await reader.received(log.length);
        assert.deepEqual(reader.events, log);
      },
    );
  }
});

function signal({ pids }: DatabaseServer, name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}

async function postWithKey(
  url: string,
  { key, message }: { key: string; message: string },
): Promise<{ status: number; ms: number }> {
  const startedAt = performance.now();
  const { status, body } = await fetch(`${url}/chat/hangs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify({ username: 'ada', message }),
  });
  await body?.cancel();
  return { status, ms: performance.now() - startedAt };
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { postUntilAcknowledged } from '@parley/testkit/clients/post.ts';
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
const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

for (const kind of ['postgresql', 'mariadb'] as const) {
  let database: DatabaseServer;
  let storeUrl: string;

  test(
    `on ${kind} three replicas of chat agree on one order, and store one message for one key`,
    needs(kind),
    async () => {
      database = stack.use(await SERVERS[kind]());
      storeUrl = await database.create('parley');
      await using broker = await start('broker', {});
      const env = { MQTT_URL: broker.ready.mqtt ?? '', STORE_URL: storeUrl };
      const chats = await Promise.all(
        [1, 2, 3].map((i) => start('services/chat', { ...env, SERVER_NAME: `chat-${i}` })),
      );
      const urls = chats.map(({ url }) => url);
      await using broadcast = await start('services/broadcast', {
        ...env,
        CHAT_URL: urls[0] ?? '',
      });
      using reader = new EventReader(broadcast.url, 'many');
      await reader.greeted();

      await Promise.all(
        Array.from({ length: 300 }, (_, i) =>
          postUntilAcknowledged(urls[i % 3] ?? '', 'many', `m${i}`),
        ),
      );
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
      const body = JSON.stringify({ username: 'ada', message: 'once' });
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          fetch(`${urls[i % 3]}/chat/many`, { method: 'POST', headers, body }),
        ),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(29).fill(200), 201]);
      assert.equal(new Set(await Promise.all(answers.map((answer) => answer.text()))).size, 1);

      await reader.received(301);
      assert.deepEqual(reader.events, await wholeLog(urls[1] ?? '', 'many'));
      for (const chat of chats) assert.equal(await chat.end('SIGTERM'), 0);
    },
  );

  test(
    `on ${kind} a database that is killed and restarted loses nothing and stores nothing twice`,
    needs(kind),
    async () => {
      await using folder = await temporaryFolder();
      const env = { STORE_URL: storeUrl, DATA_DIR: folder.path };
      await using parley = await start('services/standalone', env);
      using reader = new EventReader(parley.url, 'killed');
      await reader.greeted();
      const posts = Array.from({ length: 50 }, (_, i) =>
        postUntilAcknowledged(parley.url, 'killed', `m${i}`),
      );
      await database.end('SIGKILL');
      const refused = await fetch(`${parley.url}/chat/killed`, {
        method: 'POST',
        body: new URLSearchParams({ username: 'ada', message: 'not now' }),
      });
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('retry-after'), '1');
      assert.equal(((await refused.json()) as { code: string }).code, 'store-unavailable');
      assert.equal((await fetch(`${parley.url}/readyz`)).status, 503);
      await database.start();
      await Promise.all(posts);
      const log = await wholeLog(parley.url, 'killed');
      assert.deepEqual(
        log.map(({ message }) => message).sort(),
        posts.map((_, i) => `m${i}`).sort(),
      );
      await reader.received(50);
      assert.deepEqual(reader.events, log);
      await until(
        'the server is ready again',
        async () => (await fetch(`${parley.url}/readyz`)).status === 200,
      );
    },
  );
}

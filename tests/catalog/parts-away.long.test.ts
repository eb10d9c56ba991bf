import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { openDemoMessages } from '@parley/catalog/demo-feeds/demo-messages.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { startMariaDb, startPostgres } from '@parley/testkit/databases/databases.ts';
import { metric } from '@parley/testkit/metric.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { startNats } from '@parley/testkit/processes/nats-server.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { readLines } from './read-lines.ts';
import { resendAfter } from './resend-after.ts';

const { skip } = needs('nats');
const demo = openDemoMessages(3);
const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const folder = stack.use(await temporaryFolder()).path;

for (const [kind, startServer] of [
  ['postgresql', startPostgres],
  ['mariadb', startMariaDb],
] as const) {
  test(`without ${kind} nothing is acknowledged, and everything is stored once when it is back`, {
    skip: skip || needs(kind).skip,
  }, async () => {
    await using database = await startServer();
    await using nats = await startNats();
    const storeUrl = await database.create('catalog');
    const env = { NATS_URL: nats.url, STORE_URL: storeUrl };
    await using catalog = await start('services/catalog', env);
    const connection = await nats.connect();
    const manager = await jetstreamManager(connection);
    const state = async () => {
      const infos = await manager.consumers
        .list('parley-feeds')
        .next()
        .catch(() => []);
      return infos.find(({ name }) => name.includes('sport_event'));
    };
    await until('the feed is open', async () => (await state()) !== undefined);
    await resendAfter(connection, 2_000);
    const sent = Array.from({ length: 2_000 }, () => demo.sportEvent());
    const publish = (some: Uint8Array[]) =>
      some.forEach((bytes) => void connection.publish('sport_event', bytes));
    publish(sent.slice(0, 500));
    await until('500 are stored', async () => (await state())?.ack_floor.stream_seq === 500);
    await database.end('SIGKILL');
    publish(sent.slice(500));
    await until(
      'the catalog knows that the store is down',
      async () => (await fetch(`${catalog.url}/readyz`)).status === 503,
    );
    // Longer than NATS waits for an acknowledgement: the held messages must still be stored.
    await until(
      'the batch was tried again',
      () => catalog.output.filter((line) => line.includes('was not stored')).length >= 4,
    );
    assert.equal((await state())?.ack_floor.stream_seq, 500);
    assert.equal((await fetch(`${catalog.url}/catalog/sport_event`)).status, 503);
    await database.start();
    await until('all is acknowledged', async () => (await state())?.ack_floor.stream_seq === 2_000);
    const lines = await readLines(catalog.url, 'sport_event');
    assert.deepEqual(
      lines.map(({ streamSeq }) => streamSeq).sort((a, b) => a - b),
      sent.map((_, i) => i + 1),
    );
    assert.ok(
      lines.every(
        ({ streamSeq, bytes }) =>
          bytes === Buffer.from(sent[streamSeq - 1] ?? []).toString('base64'),
      ),
    );
    await connection.close();
    assert.equal(await catalog.end('SIGTERM'), 0);
  });
}

test("an announced feed becomes events of its channel at its rate, each once, and its readers need the channel's rights", {
  skip,
}, async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(`${folder}/token.key`, pem);
  const key = openSigningKey(pem);
  const token = (publish: string[], subscribe: string[]) =>
    key.sign({ sub: 'test', publish, subscribe }, 600);
  await using nats = await startNats();
  await using broker = await start('broker', {});
  const port = String(await freePort());
  const chatEnv = {
    PORT: port,
    MQTT_URL: broker.ready.mqtt ?? '',
    STORE_URL: `sqlite:${folder}/chat.db`,
    AUTH: 'required',
    TOKEN_KEY_FILE: `${folder}/token.key`,
  };
  await using catalog = await start('services/catalog', {
    NATS_URL: nats.url,
    STORE_URL: `sqlite:${folder}/catalog.db`,
    AUTH: 'required',
    CHAT_URL: `http://127.0.0.1:${port}`,
    CHAT_TOKEN: token(['sport_event'], []),
  });
  const connection = await nats.connect();
  // Chat is not running yet, so announcements wait.
  await until('an announcement has failed', async () => {
    connection.publish('sport_event', demo.sportEvent());
    return (
      (await metric(
        catalog.url,
        'parley_catalog_announcements_total{feed="sport_event",outcome="failed"}',
      )) > 0
    );
  });
  await using chat = await start('services/chat', chatEnv);
  const announced = () =>
    metric(
      catalog.url,
      'parley_catalog_announcements_total{feed="sport_event",outcome="announced"}',
    );
  const startedAt = Date.now();
  const first = await announced();
  const publishing = setInterval(() => connection.publish('sport_event', demo.sportEvent()), 5);
  await until('ten are announced', async () => (await announced()) >= first + 10);
  clearInterval(publishing);
  // Five a second, and one more at the start.
  assert.ok(Date.now() - startedAt > 1_700, `${Date.now() - startedAt} ms`);
  const reader = token([], ['sport_event']);
  const headers = { Authorization: `Bearer ${reader}` };
  const { events } = (await (
    await fetch(`${chat.url}/chat/sport_event/events`, { headers })
  ).json()) as { events: { username: string; message: string }[] };
  assert.ok(events.length >= 10);
  assert.equal(new Set(events.map(({ message }) => message)).size, events.length);
  for (const { username, message } of events) {
    assert.equal(username, 'sport_event');
    assert.ok('match_title' in JSON.parse(message));
  }
  const status = async (path: string, more = {}) =>
    (await fetch(catalog.url + path, { headers: more })).status;
  assert.equal(await status('/catalog'), 401);
  assert.equal(await status('/catalog/sport_event'), 401);
  assert.equal(await status('/catalog/execution', headers), 403);
  assert.equal(await status('/catalog/none', headers), 403);
  assert.equal(await status('/catalog/sport_event', headers), 200);
  const { feeds } = (await (await fetch(`${catalog.url}/catalog`, { headers })).json()) as {
    feeds: { feed: string }[];
  };
  assert.deepEqual(
    feeds.map(({ feed }) => feed),
    ['sport_event'],
  );
  await connection.close();
  for (const part of [catalog, chat]) assert.equal(await part.end('SIGTERM'), 0);
});

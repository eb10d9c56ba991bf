import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { eventsPage, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { metric } from '@parley/testkit/metric.ts';
import { start, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import pg from 'pg';
import {
  codes,
  encode,
  keyed,
  message,
  messages,
  NDJSON,
  pad,
  postLinesTo,
  statuses,
} from './batch.ts';

const MB = 1_048_576;
const KINDS = storeKinds();

/** Sends a batch on a socket of its own; `cut` bytes of its end are not sent. */
function sendRaw(url: string, body: string, cut = 0): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const head = `POST /chat HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: ${NDJSON}\r\n`;
  const bytes = Buffer.from(body);
  socket.write(`${head}Content-Length: ${bytes.length}\r\n\r\n`);
  socket.write(bytes.subarray(0, bytes.length - cut));
  return socket;
}

for (const { name, makeUrl, options } of KINDS) {
  test(
    `${name}: a batch whose answer was cut is stored; its repeat stores nothing twice`,
    options,
    async (t) => {
      await using own = await temporaryFolder();
      await using server = await startBare('services/standalone', {
        CANARY_SECONDS: '0',
        DATA_DIR: own.path,
        STORE_URL: await makeUrl(t),
      });
      const { url } = server;
      const lines = keyed('cut', 999).map((line, i) => ({ ...line, channel: `cut-${i % 2}` }));
      const socket = sendRaw(url, encode(lines));
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
      const heads = async () =>
        (await eventsPage(url, 'cut-0')).head + (await eventsPage(url, 'cut-1')).head;
      await until('all is stored', async () => (await heads()) === 999);
      const answers = await postLinesTo({ url }, [...lines, message('cut-0', 'new')]);
      assert.deepEqual(statuses(answers), [...Array(999).fill(200), 201]);
      assert.equal(await heads(), 1_000);
      const texts = (await wholeLog(url, 'cut-1')).map((one) => one.message);
      assert.deepEqual(
        texts,
        lines.filter((line) => line.channel === 'cut-1').map((line) => line.message),
      );
      const other = await postLinesTo({ url }, [message('cut-1', 'else', { key: 'k1' })]);
      assert.deepEqual(codes(other), ['idempotency-mismatch']);
    },
  );
}

test('a planned stop stores the batches that were read, also of clients that are gone', async () => {
  await using own = await temporaryFolder();
  const env = { DATA_DIR: own.path, CANARY_SECONDS: '0' };
  await using first = await startBare('services/standalone', env);
  const lines = messages('stop', 1_000).map((line) => ({ ...line, message: 'm'.repeat(3_900) }));
  const body = encode(lines);
  // Otherwise the first would be stored before the last are read.
  using lock = new DatabaseSync(`${own.path}/parley.db`, { timeout: 5_000 });
  lock.exec('BEGIN IMMEDIATE');
  const sockets = Array.from({ length: 10 }, () => sendRaw(first.url, body));
  const waiting = () => metric(first.url, 'parley_batch_lines_waiting');
  await until('all are read', async () => (await waiting()) === 10_000);
  for (const socket of sockets) socket.destroy();
  const ended = first.end('SIGTERM');
  lock.exec('ROLLBACK');
  assert.equal(await ended, 0);
  await using second = await startBare('services/standalone', env);
  assert.equal((await eventsPage(second.url, 'stop')).head, 10_000);
});

test('a client that does not read its answer delays nothing', async () => {
  await using own = await temporaryFolder();
  await using server = await startBare('services/standalone', { DATA_DIR: own.path });
  const lines = messages('unread', 1_000).map((line) => ({ ...line, message: 'm'.repeat(4_000) }));
  const socket = sendRaw(server.url, encode(lines)).pause();
  const unsent = () => metric(server.url, 'parley_http_unsent_bytes');
  await until('the answer waits for its reader', async () => (await unsent()) > 0);
  const head = async () => (await eventsPage(server.url, 'unread', 'limit=1')).head;
  await until('all is stored', async () => (await head()) === 1_000);
  const held = () => metric(server.url, 'parley_batch_bytes');
  await until('nothing is held', async () => (await held()) === 0);
  socket.destroy();
});

const postgres = KINDS.find(({ name }) => name === 'PostgreSQL');

test(
  'after a line that could not be stored the rest is not tried',
  postgres?.options,
  async (t) => {
    await using own = await temporaryFolder();
    const STORE_URL = (await postgres?.makeUrl(t)) ?? '';
    await using server = await start('services/standalone', {
      CANARY_SECONDS: '0',
      DATA_DIR: own.path,
      STORE_URL,
    });
    await post(server.url, 'locked', 'first');
    const client = new pg.Client(STORE_URL);
    await client.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE channel IN EXCLUSIVE MODE');
    const answers = await postLinesTo(server, messages('locked', 600));
    await client.end();
    assert.deepEqual(new Set(codes(answers)), new Set(['store-unavailable']));
    const details = answers.map(({ detail }) => String(detail));
    assert.match(details[255] ?? '', /^This is perhaps not stored/);
    assert.match(details[256] ?? '', /^This is not stored, because an earlier line failed/);
    assert.equal((await eventsPage(server.url, 'locked')).head, 1);
  },
);

test('batches that do not end have a bound over all clients: the oldest gets 503', async () => {
  await using own = await temporaryFolder();
  await using server = await startBare('services/standalone', { DATA_DIR: own.path });
  const body = pad(4 * MB);
  const sockets: Socket[] = [];
  const texts: string[] = [];
  for (let i = 0; i < 18; i++) {
    const socket = sendRaw(server.url, body, 1);
    socket.on('data', (bytes) => {
      texts[i] = (texts[i] ?? '') + bytes;
    });
    sockets.push(socket);
    const wanted = Math.min(i + 1, 15) * 4 * MB - MB;
    await until(
      'it is read',
      async () => (await metric(server.url, 'parley_batch_bytes')) >= wanted,
    );
  }
  await until('the oldest are refused', () => texts[0] !== undefined && texts[1] !== undefined);
  assert.match(texts[0] ?? '', /^HTTP\/1\.1 503 .*overloaded/s);
  assert.ok((await metric(server.url, 'parley_batch_bytes')) <= 64 * MB);
  assert.equal(texts[17], undefined);
  sockets[17]?.write('}');
  await until('the newest is stored', () => texts[17]?.includes('"status":201') ?? false);
  for (const socket of sockets) socket.destroy();
  await until(
    'nothing is held',
    async () => (await metric(server.url, 'parley_batch_bytes')) === 0,
  );
});

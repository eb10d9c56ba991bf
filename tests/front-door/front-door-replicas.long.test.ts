import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { openPostgres } from '@parley/testkit/databases/databases.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import {
  type FrontDoor,
  type Replicas,
  startFrontDoor,
} from '@parley/testkit/processes/front-door.ts';
import { type Running, start, startBare } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';

const FIRST = '127.0.0.2';
const SECOND = '127.0.0.3';
const stack = new AsyncDisposableStack();
const options = { skip: needs('nginx').skip || needs('postgresql').skip };
const chat: Replicas = { addresses: [FIRST, SECOND], port: 0 };
const broadcast: Replicas = { addresses: [FIRST, SECOND], port: 0 };
let env: Record<string, string>;
let door: FrontDoor;
let secondChat: Running;
let broadcasts: Running[];

before(async () => {
  if (options.skip) return;
  const database = stack.use(await openPostgres());
  const broker = stack.use(await start('broker', {}));
  chat.port = await freePort();
  broadcast.port = await freePort();
  env = {
    MQTT_URL: broker.ready.mqtt ?? '',
    STORE_URL: await database.create('parley'),
    CHAT_URL: `http://${FIRST}:${chat.port}`,
  };
  stack.use(await startChat(FIRST));
  secondChat = await startChat(SECOND);
  stack.defer(() => secondChat[Symbol.asyncDispose]());
  broadcasts = await Promise.all([FIRST, SECOND].map(startBroadcast));
  for (const one of broadcasts) stack.use(one);
  // More posts come from this address than the limit for one address.
  const edits = [{ file: 'limits.conf', from: 'rate=100r/s', to: 'rate=10000r/s' }];
  door = stack.use(await startFrontDoor({ chat, broadcast, edits }));
});
after(() => stack.disposeAsync());

/** The programs of this test have their addresses as names. */
const startChat = (address: string) =>
  startBare('services/chat', {
    ...env,
    HOST: address,
    PORT: String(chat.port),
    SERVER_NAME: address,
  });

const startBroadcast = (address: string) =>
  startBare('services/broadcast', {
    ...env,
    HOST: address,
    PORT: String(broadcast.port),
    SERVER_NAME: address,
  });

async function servers(count: number): Promise<string[]> {
  const answers = Array.from({ length: count }, () => fetch(`${door.url}/chat`));
  const names = (await Promise.all(answers)).map(({ headers }) => headers.get('x-served-by'));
  return names.map(String);
}

function send(message: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ username: 'ada', message });
  return fetch(`${door.url}/chat/replicas`, { method: 'POST', headers, body });
}

test('new and lost replicas are found without a reload', options, async () => {
  door.names.set('chat', [FIRST]);
  await until('all requests go to the first', async () => !(await servers(10)).includes(SECOND));
  door.names.set('chat', [FIRST, SECOND]);
  await until('both get requests', async () => {
    const names = await servers(20);
    return names.includes(FIRST) && names.includes(SECOND);
  });
});

test(
  'no keyed post fails while a replica is killed and restarted, and none is stored twice',
  options,
  async () => {
    const unanswered: string[] = [];
    let posted = 0;
    let stopping = false;
    const poster = async () => {
      while (!stopping) {
        const answer = await send(`m${posted++}`, { 'Idempotency-Key': randomUUID() });
        if (!answer.ok) unanswered.push(`${answer.status} ${await answer.text()}`);
        else await answer.body?.cancel();
      }
    };
    const posters = Array.from({ length: 4 }, poster);
    for (let round = 0; round < 3; round++) {
      const before = posted;
      await until('both replicas answer', async () => {
        const names = await servers(10);
        return posted > before + 50 && names.includes(SECOND);
      });
      await secondChat.end('SIGKILL');
      await until('posts went on', () => posted > before + 150);
      secondChat = await startChat(SECOND);
    }
    stopping = true;
    await Promise.all(posters);
    assert.deepEqual(unanswered, []);
    const messages = (await wholeLog(door.url, 'replicas')).map(({ message }) => message);
    assert.equal(messages.length, posted);
    assert.equal(new Set(messages).size, posted);
    const retried = (await door.logged()).filter(({ upstream }) => upstream.includes(','));
    assert.ok(retried.length > 0, 'some requests went to a second replica');
  },
);

test(
  'readers of a killed replica continue at the other one, without a gap or a repeat',
  options,
  async () => {
    const readers: EventReader[] = [];
    await until('both replicas have readers', async () => {
      const reader = new EventReader(door.url, 'moved', '?hello=id');
      readers.push(reader);
      await reader.greeted();
      return new Set(readers.map(({ hellos }) => hellos[0]?.server)).size === 2;
    });
    for (let i = 1; i <= 10; i++) await post(door.url, 'moved', `m${i}`);
    await broadcasts[1]?.end('SIGKILL');
    for (let i = 11; i <= 20; i++) await post(door.url, 'moved', `m${i}`);
    for (const reader of readers) {
      await reader.received(20);
      assert.deepEqual(
        reader.seqs,
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      reader[Symbol.dispose]();
    }
  },
);

/** Servers that read a whole request and then die, like a killed replica. */
async function dyingReplicas(): Promise<
  AsyncDisposable & { replicas: Replicas; requests: () => number }
> {
  let requests = 0;
  const port = await freePort();
  const die = (socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      requests++;
      socket.resetAndDestroy();
    });
  };
  const listening = [FIRST, SECOND].map((address) => createServer(die).listen(port, address));
  await Promise.all(listening.map((server) => once(server, 'listening')));
  return {
    replicas: { addresses: [FIRST, SECOND], port },
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      for (const server of listening) server.close();
    },
  };
}

for (const [what, init, sent] of [
  ['a GET is', {}, 2],
  ['a PUT is', { method: 'PUT', body: 'x' }, 2],
  ['a PATCH is', { method: 'PATCH', body: 'x' }, 2],
  ['a DELETE is', { method: 'DELETE' }, 2],
  ['a keyed POST is', { method: 'POST', headers: { 'Idempotency-Key': 'k' }, body: 'x' }, 2],
  ['a POST without a key is not', { method: 'POST', body: 'x' }, 1],
  ['a POST with an empty key is not', { method: 'POST', headers: { 'Idempotency-Key': '' } }, 1],
] as const) {
  test(
    `${what} sent to another replica after the first one received it and died`,
    options,
    async () => {
      await using dying = await dyingReplicas();
      await using front = await startFrontDoor({ chat: dying.replicas, broadcast });
      await until('nginx has found the replicas', async () => {
        await fetch(`${front.url}/chat`);
        return dying.requests() > 0;
      });
      const before = dying.requests();
      const answer = await fetch(`${front.url}/chat/lobby`, init as RequestInit);
      assert.equal(answer.status, 502);
      assert.equal(answer.headers.get('retry-after'), '1');
      assert.equal(((await answer.json()) as { code: string }).code, 'server-unreachable');
      assert.equal(dying.requests() - before, sent);
    },
  );
}

test('a POST without a key goes to another replica if none of it was sent', options, async () => {
  door.names.set('chat', [FIRST, '127.0.0.9']);
  await until('the address without a server was tried', async () => {
    assert.equal((await send('unkeyed')).status, 201);
    return (await door.logged()).some(({ upstream }) => upstream.startsWith('127.0.0.9'));
  });
});

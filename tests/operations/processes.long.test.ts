import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { connectWithToken, openDevice } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { postUntilAcknowledged } from '@parley/testkit/clients/post.ts';
import { acceptsConnections } from '@parley/testkit/processes/accepts-connections.ts';
import { runToEnd, start, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const CHANNEL = 'lobby';
const READERS = 6;
const POSTS = 300;
/** The connections that meet both processes: by chance one of 32,000 times they do not. */
const CONNECTIONS = 16;
/** The messages of posts that are not answered yet, so that both processes have some to store. */
const AT_ONCE = 30;
const TWO = { PROCESSES: '2' };

test('with three processes every reader gets each event once and in order, also when two are killed', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, PROCESSES: '3' };
  await using parley = await start('services/standalone', env);
  const { url } = parley;
  const readers = Array.from({ length: READERS }, () => new EventReader(url, CHANNEL));
  await Promise.all(readers.map((reader) => reader.greeted()));

  let posted = 0;
  const postAll = async () => {
    while (posted < POSTS) await postUntilAcknowledged(url, CHANNEL, `message ${posted++}`);
  };
  const posters = Array.from({ length: AT_ONCE }, postAll);
  const killed = await childrenOf(parley.pid);
  assert.equal(killed.length, 2);
  for (const [i, pid] of killed.entries()) {
    await until('more posts were sent', () => posted > ((i + 1) * POSTS) / 4);
    process.kill(pid, 'SIGKILL');
    await until('it is ready again', () => linesOf(parley, 'ready again').length === i + 1);
  }
  await Promise.all(posters);

  const log = await wholeLog(url, CHANNEL);
  assert.deepEqual(
    log.map(({ message }) => message).sort(),
    Array.from({ length: POSTS }, (_, i) => `message ${i}`).sort(),
  );
  for (const reader of readers) {
    await reader.received(log.length);
    assert.deepEqual(reader.events, log);
    assert.deepEqual(reader.resets, []);
    reader[Symbol.dispose]();
  }
  const ends = linesOf(parley, 'a process ended');
  assert.deepEqual(ends.map(({ process: number, cause }) => `${number} ${cause}`).sort(), [
    '2 killed by SIGKILL',
    '3 killed by SIGKILL',
  ]);
  assert.equal(linesOf(parley, 'Parley is ready').length, 1);
  assert.equal(await parley.end('SIGTERM'), 0);
  await until('all have stopped', () => linesOf(parley, 'stopped').length === 3);
});

test('the metrics of any process are those of all, told apart by a label', async () => {
  await using folder = await temporaryFolder();
  await using parley = await startBare('services/standalone', { DATA_DIR: folder.path, ...TWO });
  for (let i = 0; i < POSTS; i++)
    assert.equal((await ask(parley.url, '/chat/x', 'POST')).status, 201);
  const samples = async (name: string) => {
    const lines = (await ask(parley.url, '/metrics')).body.split('\n');
    return lines
      .filter((line) => line.startsWith(name))
      .map((line) => line.replace(/.*process="(\d)".* /, '$1 '));
  };
  const stored = await samples('parley_posts_total{kind="message",outcome="stored"');
  const [one = 0, two = 0] = stored.map((line) => Number(line.split(' ')[1]));
  assert.equal(one + two, POSTS);
  // The kernel spreads connections by chance: a half each, within six deviations.
  assert.ok(Math.min(one, two) > POSTS / 3, `${one} and ${two}`);
  for (const name of ['process_start_time_seconds', 'parley_build_info'])
    assert.deepEqual(
      (await samples(`${name}{`)).map((line) => line[0]),
      ['1', '2'],
    );
  for (const name of ['parley_check_ok{check="store"', 'parley_bus_connected{part="broadcast"'])
    assert.deepEqual(await samples(name), ['1 1', '2 1']);
  assert.equal((await samples('# TYPE parley_posts_total')).length, 1);
});

test('sessions and tickets of one of two processes hold at both, and a session ends at both', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, AUTH: 'required', ...TWO };
  await using parley = await startBare('services/standalone', env);
  const browser = new BrowserSession(parley.url);
  const account = { username: 'ada', email: 'ada@example.org', password: 'four words and more' };
  assert.equal((await browser.send('POST', '/users', account)).status, 201);
  const Cookie = `parley-token=${browser.cookie('parley-token')}; parley-session=${browser.cookie('parley-session')}`;
  const statuses = async (path: string) => {
    const answers = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => ask(parley.url, path, 'GET', { Cookie })),
    );
    return answers.map(({ status }) => status);
  };
  assert.deepEqual(new Set(await statuses('/session')), new Set([200]));
  const opened = Array.from({ length: CONNECTIONS }, async () => {
    const { ticket } = JSON.parse((await ask(parley.url, '/tickets', 'POST', { Cookie })).body);
    const stream = await begin(parley.url, `/broadcast/lobby?ticket=${ticket}`);
    stream.destroy();
    return stream.statusCode;
  });
  assert.deepEqual(new Set(await Promise.all(opened)), new Set([200]));
  assert.equal((await browser.send('DELETE', '/session')).status, 204);
  await until('the token is refused by both', async () =>
    (await statuses('/chat/lobby/events')).every((status) => status === 401),
  );
});

test('a device gets the events of both processes, over TCP and over WebSocket', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, MQTT_CLIENT_CONNECTIONS: '8', ...TWO };
  await using parley = await startBare('services/standalone', env);
  const { mqtt = '' } = linesOf(parley, 'broker is ready')[0] ?? {};
  const webSocket = `${parley.url.replace('http', 'ws')}/mqtt`;
  await using tcp = await openDevice(mqtt);
  await using one = await openDevice(webSocket);
  await using other = await openDevice(webSocket);
  const seqs = await Promise.all(
    [tcp, one, other].map(async ({ client }) => {
      const got: number[] = [];
      client.on('message', (topic, payload) => {
        if (topic === 'chat/events/lobby') got.push(JSON.parse(String(payload)).seq);
      });
      await client.subscribeAsync('chat/events/lobby');
      return got;
    }),
  );
  await one.post('lobby', { username: 'one', message: 'from a device' });
  for (let i = 0; i < 6; i++) await ask(parley.url, '/chat/lobby', 'POST');
  for (const got of seqs) {
    await until('all events came', () => got.length >= 7);
    // Events of two processes may come in another order on the bus.
    assert.deepEqual(got.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
  }

  // The broker knows the clients' address: beside three links of the services, five devices have space.
  const more = await Promise.all([1, 2].map(() => openDevice(webSocket)));
  await assert.rejects(connectWithToken(webSocket, undefined));
  for (const device of more) await device[Symbol.asyncDispose]();
  for (const [headers, status] of [
    [{ Origin: 'http://elsewhere.example' }, 403],
    [{ 'Sec-WebSocket-Protocol': 'other' }, 400],
    [{ 'Sec-WebSocket-Version': '8' }, 426],
  ] as const) {
    const answer = await ask(parley.url, '/mqtt', 'GET', { ...UPGRADE, ...headers });
    assert.equal(answer.status, status, answer.body);
    assert.equal(JSON.parse(answer.body).status, status);
  }
  assert.equal(await parley.end('SIGTERM'), 0);
});

test('a process that cannot start says why once, and all end when the first process is killed', async () => {
  await using folder = await temporaryFolder();
  const taken = createServer().listen(0, '127.0.0.1').unref();
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const env = { DATA_DIR: folder.path, ...TWO };
  const file = `${folder.path}/a-file`;
  await writeFile(file, '');
  await using parley = await startBare('services/standalone', env);
  for (const [wrong, reason] of [
    [{ PORT: String(port) }, /^port \d+ on 127.0.0.1 is in use: .* set PORT$/],
    // The kernel would let two deployments share the port.
    [{ PORT: new URL(parley.url).port }, /^port \d+ on 127.0.0.1 is in use: .* set PORT$/],
    [{ STORE_URL: `sqlite:${file}/below/x.db` }, /^cannot open the store: .*ENOTDIR/],
    [{ PROCESSES: '0' }, /^PROCESSES: must be a whole number from 1$/],
  ] as const) {
    const { code, stderr } = await runToEnd('services/standalone', { ...env, ...wrong });
    assert.equal(code, 1);
    const [, text = ''] = /^parley cannot start: (.*)\n$/.exec(stderr) ?? [];
    assert.match(text, reason, stderr);
  }
  taken.close();

  const children = await childrenOf(parley.pid);
  assert.equal(await parley.end('SIGKILL'), 'SIGKILL');
  await until('the others ended', () => children.every((pid) => !isAlive(pid)));
  assert.equal(await acceptsConnections(Number(new URL(parley.url).port)), false);
});

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'mqtt',
};

/** The whole answer to a request on a connection of its own; a POST has a message. */
async function ask(
  ...request: Parameters<typeof begin>
): Promise<{ status: number | undefined; body: string }> {
  const response = await begin(...request);
  return { status: response.statusCode, body: await text(response) };
}

/** The begin of the answer. */
async function begin(
  url: string,
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const type = method === 'POST' ? { 'Content-Type': 'application/json' } : {};
  const sent = request(url + path, { method, agent: false, headers: { ...type, ...headers } });
  sent.end(method === 'POST' ? '{"username":"ada","message":"hi"}' : undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

function linesOf(
  { output }: { output: readonly string[] },
  start: string,
): Record<string, string>[] {
  const lines = output.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return lines.filter(({ msg }) => String(msg).includes(start));
}

async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

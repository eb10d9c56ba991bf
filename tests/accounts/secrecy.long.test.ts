import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import { WebSocket } from 'ws';

const stack = new AsyncDisposableStack();
let parley: Running;
let mqttPort: number;
let privatePem: string;

const MQTT_PASSWORD = 'canary-of-the-parts-password';
/** A secret that a client sends in a wrong place. */
const CANARY = 'canary-7b1f0c55';

before(async () => {
  const folder = stack.use(await temporaryFolder());
  mqttPort = await freePort();
  parley = stack.use(
    await startBare('services/standalone', {
      DATA_DIR: folder.path,
      AUTH: 'required',
      LOG_LEVEL: 'trace',
      MQTT_PORT: String(mqttPort),
      MQTT_PASSWORD,
    }),
  );
  privatePem = readFileSync(`${folder.path}/token.key`, 'utf8');
});
after(() => stack.disposeAsync());

/** Shows a token in every valid way, and in invalid ones. */
async function showEverywhere(token: string): Promise<void> {
  const inHeader = { Authorization: `Bearer ${token}` };
  const inQuery = `token=${token}&access_token=${token}&ticket=${token}`;
  const inCookies = { Cookie: `parley-token=${token}; parley-session=${token}` };
  for (const headers of [inHeader, inCookies, { Authorization: `Basic ${token}` }]) {
    await ask('GET', '/chat/x/events', headers);
    await ask(
      'POST',
      '/chat/x',
      { ...headers, 'Content-Type': 'application/json' },
      '{"message":1}',
    );
    await ask('GET', '/broadcast/x', headers);
    await upgrade(parley.url, '/broadcast/x/ws', headers);
  }
  for (const path of ['/chat/x/events', '/broadcast/x', '/session', '/no/such/path', '/x']) {
    await ask('GET', `${path}?${inQuery}`);
  }
  await ask('POST', `/tickets?${inQuery}`);
  await ask('POST', `/users?${inQuery}`);
  await upgrade(parley.url, `/broadcast/x/ws?${inQuery}`);
  await postBySocket(token);
  await connect('device', token);
}

async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | null = null,
): Promise<void> {
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(parley.url + path, { method, headers, body, signal });
  await response.body?.cancel();
}

async function postBySocket(token: string): Promise<void> {
  const socket = new WebSocket(`${parley.url.replace('http', 'ws')}/broadcast/x/ws`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const done = new Promise<void>((resolve) => {
    socket.on('close', () => resolve()).on('error', () => resolve());
  });
  socket.on('open', () => {
    for (const text of [CANARY, `{"password":"${CANARY}"`, `{"type":"${CANARY}"}`])
      socket.send(text);
    socket.send(JSON.stringify({ type: 'message', username: 'ada', message: '', key: CANARY }));
    socket.on('message', (data) => String(data).includes(`"key":"${CANARY}"`) && socket.close());
  });
  await done;
}

/** Connects to the broker, publishes on a forbidden topic, and is disconnected. */
async function connect(username: string, password: string): Promise<void> {
  const url = `mqtt://127.0.0.1:${mqttPort}`;
  const options = { username, password, reconnectPeriod: 0, clientId: `device-${username}` };
  const client = await mqtt.connectAsync(url, options, false).catch(() => undefined);
  if (!client) return;
  client.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => void client.once('close', () => resolve()));
  client.publish('chat/inbox/x', JSON.stringify({ password: CANARY }));
  client.publish('chat/events/x', CANARY);
  await closed;
  await client.endAsync(true);
}

const BODIES = [
  `password=${CANARY}&%ff`,
  `{"password":"${CANARY}"`,
  `{"email":"${CANARY}","username":"${CANARY}","password":"${CANARY}"}`,
  `{"username":"ada","message":"${CANARY}"}`,
];

test('no token, password or text is ever in the log, in any way of sending', async () => {
  const key = openSigningKey(privatePem);
  const claims = { sub: 'x', publish: ['**'], subscribe: ['**'] };
  const right = key.sign(claims, 600);
  const wrong = [key.sign(claims, -600), `${right.slice(0, -8)}AAAAAAAA`, CANARY];
  for (const token of [right, ...wrong]) await showEverywhere(token);
  await connect('parley', CANARY);
  for (const path of ['/users', '/session', '/session/password', '/tickets', '/chat/x']) {
    for (const body of BODIES) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', CANARY]) {
        const headers = { 'Content-Type': type, 'Idempotency-Key': `${CANARY} ${CANARY}` };
        await ask('POST', path, headers, body);
        await ask('POST', path, { ...headers, Authorization: `Bearer ${right}` }, body);
      }
    }
  }
  await ask('GET', '/last');
  await until('the last request is in the log', () =>
    parley.output.some((line) => line.includes('"/last"')),
  );
  assert.equal(await parley.end('SIGTERM'), 0);
  assert.ok(parley.output.length > 100, 'requests are lines in this log');
  const signatures = [right, ...wrong].map((token) => token.split('.').at(-1) ?? '');
  const pem = privatePem.split('\n')[1] ?? '';
  for (const secret of [...signatures, right, CANARY, MQTT_PASSWORD, pem]) {
    assert.equal(
      parley.output.find((line) => line.includes(secret)),
      undefined,
    );
  }
});

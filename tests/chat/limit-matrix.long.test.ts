import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { openDevice } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { makeCertificates } from '@parley/testkit/credentials/certificates.ts';
import { metric } from '@parley/testkit/metric.ts';
import { inboxOpened } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import { type Running, start, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type IClientOptions } from 'mqtt';

const LIMIT = 4;
const TRIES = 6;
const OF_ADDRESS = 16;

/** A deployment and its addresses for clients. */
interface Deployment {
  name: string;
  chat: string;
  broadcast: string;
  /** The broker's addresses for MQTT over TCP, TLS and WebSocket. */
  brokers: Record<'tcp' | 'tls' | 'websocket', string>;
  ca: string;
  key: SigningKey;
}

const stack = new AsyncDisposableStack();
const deployments: Deployment[] = [];
const part = { MQTT_PASSWORD: 'secret' };

before(async () => {
  const { path } = stack.use(await temporaryFolder());
  const { certFile, keyFile, caFile } = await makeCertificates(path);
  const tls = { MQTT_TLS_PORT: '0', MQTT_TLS_CERT_FILE: certFile, MQTT_TLS_KEY_FILE: keyFile };
  // Posts of one account reach the account's limit together, in all ways, but never the limit of an
  // address.
  const limits = { POSTS_PER_ACCOUNT: String(LIMIT), POSTS_PER_ADDRESS: String(OF_ADDRESS) };
  const trusted = { TRUSTED_PROXIES: 'loopback' };

  const env = { DATA_DIR: `${path}/one`, ...tls, ...limits, ...trusted };
  const one = stack.use(await startBare('services/standalone', env));
  const line = JSON.parse(one.output.find((text) => text.includes('broker is ready')) ?? '{}');
  const key = openSigningKey(readFileSync(`${path}/one/token.key`, 'utf8'));
  deployments.push({
    name: 'one process',
    chat: one.url,
    broadcast: one.url,
    ca: caFile,
    key,
    brokers: { tcp: line.mqtt, tls: line.mqtts, websocket: webSocket(one) },
  });

  const publicKeys = { TOKEN_KEYS_FILE: `${path}/public.pem` };
  const pem = createPublicKey(readFileSync(`${path}/one/token.key`));
  writeFileSync(publicKeys.TOKEN_KEYS_FILE, pem.export({ type: 'spki', format: 'pem' }));
  const keys = { TOKEN_KEY_FILE: `${path}/one/token.key` };
  const broker = stack.use(
    await startBare('broker', { ...part, ...tls, ...trusted, ...publicKeys }),
  );
  const bus = { MQTT_URL: (broker.ready.mqtt ?? '').replace('//', '//parley:secret@') };
  const chat = stack.use(
    await start('services/chat', {
      STORE_URL: `sqlite:${path}/apart.db`,
      ...bus,
      ...keys,
      ...limits,
      ...trusted,
    }),
  );
  const broadcast = stack.use(
    await start('services/broadcast', {
      CHAT_URL: chat.url,
      CANARY_SECONDS: '0',
      ...bus,
      ...publicKeys,
      ...trusted,
    }),
  );
  deployments.push({
    name: 'apart',
    chat: chat.url,
    broadcast: broadcast.url,
    ca: caFile,
    key,
    brokers: {
      tcp: broker.ready.mqtt ?? '',
      tls: broker.ready.mqtts ?? '',
      websocket: webSocket(broker),
    },
  });
  for (const { chat } of deployments) {
    await inboxOpened(chat);
  }
});
after(() => stack.disposeAsync());

const webSocket = ({ url }: Running) => `${url.replace('http', 'ws')}/mqtt`;

/** A client: its address, and its token if it has one. */
interface Client {
  address: string;
  token?: string;
}

const headersOf = ({ address, token }: Client): Record<string, string> => ({
  'X-Forwarded-For': address,
  ...(token !== undefined && { Authorization: `Bearer ${token}` }),
});

/** Sends messages in one way; resolves when each was answered, stored or refused. */
type Send = (to: Deployment, from: Client, channel: string, count: number) => Promise<void>;

function http(type: string, body: string): Send {
  return async ({ chat }, from, channel, count) => {
    for (let i = 0; i < count; i++) {
      const query = type === 'text/plain' && from.token === undefined ? '?username=ada' : '';
      await fetch(`${chat}/chat/${channel}${query}`, {
        method: 'POST',
        headers: { ...headersOf(from), 'Content-Type': type },
        body:
          from.token === undefined
            ? body
            : body.replace('"username":"ada",', '').replace('username=ada&', ''),
      });
    }
  };
}

const batch: Send = async ({ chat }, from, channel, count) => {
  const line = JSON.stringify({ channel, message: 'hi', ...nameOf(from) });
  await fetch(`${chat}/chat`, {
    method: 'POST',
    headers: { ...headersOf(from), 'Content-Type': 'application/x-ndjson' },
    body: `${line}\n`.repeat(count),
  });
};

const socket: Send = async ({ broadcast }, from, channel, count) => {
  using reader = new SocketReader(broadcast, channel, '', headersOf(from));
  await reader.receivedFrame('hello');
  for (let i = 0; i < count; i++) reader.send({ type: 'message', message: 'hi', ...nameOf(from) });
  const answers = () => reader.others.filter(({ type }) => type === 'ack' || type === 'error');
  await until('all messages were answered', () => answers().length >= count);
};

const nameOf = ({ token }: Client) => (token === undefined ? { username: 'ada' } : {});

function device(way: keyof Deployment['brokers']): Send {
  return async ({ brokers, chat, ca }, from, channel, count) => {
    const options: IClientOptions = {
      ...(from.token !== undefined && { username: 'x', password: from.token }),
      ...(way === 'tls' && { ca: readFileSync(ca) }),
      ...(way === 'websocket' && { wsOptions: { headers: { 'X-Forwarded-For': from.address } } }),
    };
    await using own = await openDevice(brokers[way], options);
    const settled = async () =>
      (await wholeLog(chat, channel)).length - stored + own.problems.length;
    const stored = (await wholeLog(chat, channel)).length;
    for (let i = 0; i < count; i++) await own.post(channel, { message: 'hi', ...nameOf(from) });
    await until('all messages were stored or refused', async () => (await settled()) >= count);
  };
}

const WAYS: Record<string, Send> = {
  form: http('application/x-www-form-urlencoded', 'username=ada&message=hi'),
  json: http('application/json', '{"username":"ada","message":"hi"}'),
  text: http('text/plain', 'hi'),
  batch,
  websocket: socket,
  'mqtt over tcp': device('tcp'),
  'mqtt over tls': device('tls'),
  'mqtt over websocket': device('websocket'),
};

for (const [index, name] of ['one process', 'apart'].entries()) {
  for (const [number, [way, send]] of Object.entries(WAYS).entries()) {
    test(`${name}: an account is limited by ${way}, and can then not post by JSON either`, async () => {
      const to = deployments[index] as Deployment;
      const channel = `account-${number}`;
      const sub = `user-${number}`;
      const claims = { sub, name: sub, publish: ['**'], subscribe: ['**'] };
      // Each account has its own address. Over TCP and TLS that is the address of this machine.
      const client = { address: `203.0.113.${number}`, token: to.key.sign(claims, 600) };
      await send(to, client, channel, TRIES);
      assert.equal((await wholeLog(to.chat, channel)).length, LIMIT);
      await WAYS.json?.(to, { ...client, address: '198.51.100.1' }, channel, 1);
      assert.equal((await wholeLog(to.chat, channel)).length, LIMIT);
    });
  }

  test(`${name}: guests of an address have one count over MQTT by WebSocket, HTTP and WebSocket`, async () => {
    const to = deployments[index] as Deployment;
    const guest = { address: '203.0.113.99' };
    await WAYS['mqtt over websocket']?.(to, guest, 'guests', 6);
    await WAYS.json?.(to, guest, 'guests', 2);
    await WAYS.batch?.(to, guest, 'guests', 2);
    await WAYS.websocket?.(to, guest, 'guests', 8);
    assert.equal((await wholeLog(to.chat, 'guests')).length, OF_ADDRESS);
    await WAYS['mqtt over websocket']?.(to, guest, 'guests', 2);
    assert.equal((await wholeLog(to.chat, 'guests')).length, OF_ADDRESS);
  });

  test(`${name}: guests over TCP have one count for all their connections`, async () => {
    const to = deployments[index] as Deployment;
    // Accounts over TCP and TLS came from this address too.
    for (let i = 0; i < 4; i++) await device('tcp')(to, { address: '' }, 'tcp', 5);
    const { length } = await wholeLog(to.chat, 'tcp');
    assert.ok(length <= OF_ADDRESS, `${length}`);
  });
}

test('a device cannot forge its address', async () => {
  const to = deployments[1] as Deployment;
  const own = await mqtt.connectAsync(to.brokers.tcp, { reconnectPeriod: 0 });
  for (let i = 0; i < 20; i++) {
    const forged = { address: `192.0.2.${i}`, stamp: 'x', delivery: `d${i}` };
    const fields = { username: 'ada', message: 'hi', ...forged };
    await own.publishAsync('chat/inbox/forged', JSON.stringify(fields), { qos: 1 });
  }
  await until(
    'all messages were received',
    async () => (await metric(to.chat, 'parley_inbox_total{outcome="refused"}')) >= 20,
  );
  assert.ok((await wholeLog(to.chat, 'forged')).length <= OF_ADDRESS);
  await own.endAsync(true);
});

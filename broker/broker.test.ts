import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as netConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { PASSWORD, startInProcess } from '@parley/testkit/mqtt-brokers/in-process.ts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { generate } from 'selfsigned';
import type { Broker } from './broker.ts';
import { readTls } from './listeners/tls.ts';
import type { BrokerConfig } from './settings.ts';

const PART = { username: 'parley', password: PASSWORD };
const EVENTS = 'chat/events/general';

const stack = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), 'parley-broker-'));
const files = { ca: '', cert: '', key: '', otherCa: '', twinCa: '', otherKey: '' };
let broker: Broker;

before(async () => {
  stack.defer(() => rmSync(folder, { recursive: true }));
  const ours = await makeCertificates('Test authority');
  const other = await makeCertificates('Other authority');
  const twin = await makeCertificates('Test authority');
  files.ca = file('ca.crt', ours.ca);
  files.cert = file('broker.crt', ours.cert);
  files.key = file('broker.key', ours.key);
  files.otherCa = file('other-ca.crt', other.ca);
  files.twinCa = file('twin-ca.crt', twin.ca);
  files.otherKey = file('other.key', other.key);
  broker = stack.use(await startInProcess(tls()));
});
after(() => stack.disposeAsync());

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** An authority, and a certificate for this machine that it signed. */
async function makeCertificates(authority: string) {
  const notBeforeDate = new Date();
  const options = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate: new Date(notBeforeDate.getTime() + 86_400_000),
  } as const;
  const ca = await generate([{ name: 'commonName', value: authority }], {
    ...options,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'broker' }], {
    ...options,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      { name: 'extKeyUsage', serverAuth: true },
    ],
  });
  return { ca: ca.cert, cert, key };
}

const tls = () => ({
  mqttTlsCertFile: files.cert,
  mqttTlsKeyFile: files.key,
  mqttTlsCaFile: files.ca,
});

/** A real MQTT client that is closed when disposed of; rejects when it is not let in. */
async function connect(options: IClientOptions = {}, url = broker.url) {
  const client = await mqtt.connectAsync(url ?? '', { ...options, reconnectPeriod: 0 }, false);
  const received: string[] = [];
  client.on('message', (topic, payload) => received.push(`${topic} ${payload}`));
  return { client, received, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

/** Resolves when the client has received everything that was sent to it before. */
async function caughtUp(client: MqttClient, url = broker.url): Promise<void> {
  const topic = `chat/events/sync-${client.options.clientId}`;
  await using part = await connect(PART, url);
  await client.subscribeAsync(topic);
  const received = new Promise<void>((resolve) => {
    client.on('message', (of) => of === topic && resolve());
  });
  await part.client.publishAsync(topic, '', { qos: 1 });
  await received;
}

const closed = (client: MqttClient) =>
  new Promise<void>((resolve) => client.once('close', resolve));

test('a guest receives what a service publishes, and may not publish there', async () => {
  await using guest = await connect();
  await using part = await connect(PART);
  await guest.client.subscribeAsync('chat/events/#');
  await part.client.publishAsync(EVENTS, 'real', { qos: 1 });

  await using forger = await connect();
  const cut = closed(forger.client);
  forger.client.publish(EVENTS, 'forged', { qos: 1 });
  await cut;
  await caughtUp(guest.client);
  assert.deepEqual(guest.received.slice(0, -1), [`${EVENTS} real`]);
});

for (const topic of ['chat/events/x', 'chat/echo/x', 'chat/presence/x/y', '$SYS/x', 'any/thing']) {
  test(`a guest that publishes to ${topic} is cut off`, async () => {
    await using part = await connect(PART);
    await using guest = await connect();
    await part.client.subscribeAsync('chat/#');
    const cut = closed(guest.client);
    guest.client.publish(topic, 'forged', { qos: 1 });
    await cut;
    await caughtUp(part.client);
    assert.ok(!part.received.some((line) => line.includes('forged')));
  });
}

test("a service's event may be longer than a post of 64 KB, and a guest's packet may not", async () => {
  await using guest = await connect();
  await using part = await connect(PART);
  await guest.client.subscribeAsync('chat/events/#');
  const long = 'x'.repeat(200_000);
  await part.client.publishAsync(EVENTS, long, { qos: 1 });
  await caughtUp(guest.client);
  assert.equal(guest.received[0], `${EVENTS} ${long}`);
  const cut = closed(guest.client);
  guest.client.publish('chat/inbox/general', 'x'.repeat(65_536), { qos: 1 });
  await cut;
});

test('the will of a guest reaches only topics that a guest may publish to', async () => {
  await using part = await connect(PART);
  await part.client.subscribeAsync('#');
  const will = (topic: string) => ({ topic, payload: Buffer.from('will'), qos: 1 as const });
  for (const topic of [EVENTS, 'chat/inbox/allowed']) {
    await using guest = await connect({ will: will(topic) });
    guest.client.stream.destroy();
    await closed(guest.client);
  }
  await until(() => part.received.some((line) => line.startsWith('chat/inbox/allowed ')));
  assert.ok(!part.received.includes(`${EVENTS} will`));
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test('a guest may publish to an inbox, and the broker adds who sent the message', async () => {
  await using part = await connect(PART);
  await using guest = await connect();
  await part.client.subscribeAsync('chat/inbox/+');
  const draft = { message: 'hi', client: 'another', delivery: 'x', fault: 'malformed-json' };
  for (const payload of [JSON.stringify({ ...draft, token: 'own' }), 'no JSON', '[]']) {
    await guest.client.publishAsync('chat/inbox/general', payload, { qos: 1 });
  }
  await caughtUp(part.client);
  const received = part.received.filter((line) => line.startsWith('chat/inbox/general '));
  const signed = received.map((line) => JSON.parse(line.replace(/^\S+ /, '')));
  const { clientId: client } = guest.client.options;
  assert.deepEqual(
    signed.map(({ delivery, stamp, ...fields }) => fields),
    [
      { message: 'hi', token: 'own', client, address: '127.0.0.1' },
      ...Array(2).fill({ fault: 'malformed-json', client, address: '127.0.0.1' }),
    ],
  );
  for (const field of ['delivery', 'stamp'])
    assert.equal(new Set(signed.map((fields) => fields[field])).size, 3, field);
});

for (const filter of ['#', 'chat/#', 'chat/echo/+', 'chat/inbox/+', '$SYS/#', '+/+/+']) {
  test(`a guest may not subscribe to ${filter}`, async () => {
    await using guest = await connect();
    await assert.rejects(guest.client.subscribeAsync(filter), /Subscribe error/);
  });
}

test('a guest may not retain a message, use the id of a service, or have a lasting session', async () => {
  await using guest = await connect();
  const cut = closed(guest.client);
  guest.client.publish('chat/inbox/general', 'retained', { qos: 1, retain: true });
  await cut;
  await assert.rejects(connect({ clientId: 'parley-chat-1' }), { message: /Not authorized/i });
  await assert.rejects(connect({ clientId: 'lasting', clean: false }), {
    message: /Not authorized/i,
  });
});

test('without a password the broker listens on loopback only', async () => {
  await assert.rejects(startInProcess({ mqttPassword: '', mqttHost: '0.0.0.0' }), /MQTT_PASSWORD/);
});

test('a silent connection does not delay the stop', async () => {
  const own = await startInProcess({});
  const { hostname, port } = new URL(own.url ?? '');
  const silent = netConnect(Number(port), hostname);
  await once(silent, 'connect');
  silent.on('error', () => undefined);
  const gone = once(silent, 'close');
  const startedAt = performance.now();
  await own[Symbol.asyncDispose]();
  await gone;
  // After 5 s the broker cuts a silent connection by itself.
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < 3_000, `${tookMs} ms`);
});

for (const [who, credentials] of Object.entries({
  'with a wrong password': { username: 'parley', password: 'correct hors' },
  'without a password': { username: 'parley' },
  'of another user with the right password': { username: 'mallory', password: PASSWORD },
})) {
  test(`a client ${who} is not let in`, async () => {
    await assert.rejects(connect(credentials), { message: /Not authorized|Bad username/i });
  });
}

test('when no password is set, every client counts as a service', async () => {
  await using open = await startInProcess({ mqttPassword: '' });
  await using guest = await connect({}, open.url);
  await guest.client.subscribeAsync(EVENTS);
  await guest.client.publishAsync(EVENTS, 'hi', { qos: 1 });
  await caughtUp(guest.client, open.url);
  assert.ok(guest.received.includes(`${EVENTS} hi`));
});

for (const filter of ['$SYS/#', '$SYS/+/new/clients', '$share/g/chat/#']) {
  test(`no client may subscribe to ${filter}`, async () => {
    for (const credentials of [PART, {}]) {
      await using reader = await connect(credentials);
      await assert.rejects(reader.client.subscribeAsync(filter));
    }
  });
}

test("a wildcard does not match the broker's own topics", async () => {
  await using part = await connect(PART);
  await part.client.subscribeAsync('#');
  await using other = await connect();
  await caughtUp(other.client);
  await caughtUp(part.client);
  assert.deepEqual(
    part.received.filter((line) => line.startsWith('$')),
    [],
  );
  assert.notEqual(part.received.length, 0);
});

test('over TLS only a client that trusts the authority connects', async () => {
  const { ca, otherCa } = files;
  const trust = (path: string) => ({ ...PART, ca: [readFileSync(path)] });
  await using part = await connect(trust(ca), broker.tlsUrl);
  await part.client.publishAsync(EVENTS, 'hi', { qos: 1 });
  await assert.rejects(connect(trust(otherCa), broker.tlsUrl), { code: /CERT|SIGNATURE|ISSUER/ });
  await assert.rejects(connect(PART, broker.tlsUrl), { code: /CERT|SIGNATURE|ISSUER/ });
});

test('a service tries the next address, and checks the certificate against the name of that address', async () => {
  const url = new URL(broker.tlsUrl ?? '');
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  await using bus = openBus(
    {
      mqttUrl: `mqtts://localhost:1,mqtts://parley:${PASSWORD}@${url.host}`,
      mqttCaFile: files.ca,
      mqttDots: 'plain',
      mqttGroups: 'auto',
    },
    { part: 'test', log, metrics: new Metrics() },
  );
  await new Promise<void>((resolve) => bus.onLink((connected) => connected && resolve()));
  assert.ok((await bus.echo()) >= 0);
});

test('the broker does not start with TLS files that do not fit together, and names the fault', async () => {
  const faults: [Partial<BrokerConfig>, RegExp][] = [
    [{ mqttTlsKeyFile: files.otherKey }, /MQTT_TLS_KEY_FILE is not the certificate's key/],
    [{ mqttTlsCaFile: files.otherCa }, /MQTT_TLS_CA_FILE did not sign the certificate/],
    [{ mqttTlsKeyFile: '' }, /TLS needs both MQTT_TLS_CERT_FILE and MQTT_TLS_KEY_FILE/],
    [{ mqttTlsCertFile: file('no.pem', 'no PEM') }, /is not PEM/],
  ];
  for (const [wrong, message] of faults) {
    await assert.rejects(startInProcess({ ...tls(), ...wrong }), { name: 'StartError', message });
  }
  await assert.rejects(startInProcess({ ...tls(), mqttTlsCertFile: join(folder, 'none') }), {
    name: 'SettingsError',
    message: /^MQTT_TLS_CERT_FILE: cannot read/,
  });
});

test('an authority with the same name but another key is not the signer of the certificate', async () => {
  const wrong = { ...tls(), mqttTlsCaFile: files.twinCa };
  assert.throws(() => readTls(wrong), { name: 'StartError' });
});

test('a closed broker is not ready, and its clients are gone', async () => {
  const brief = await startInProcess({});
  await using guest = await connect({}, brief.url);
  const gone = closed(guest.client);
  await brief.checks.listening();
  await brief[Symbol.asyncDispose]();
  await gone;
  await assert.rejects(brief.checks.listening());
  await assert.rejects(connect({}, brief.url));
});

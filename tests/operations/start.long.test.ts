import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { makeCertificates } from '@parley/testkit/credentials/certificates.ts';
import { runToEnd, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

test('a failed start gives one clear line and exit code 1', async () => {
  await using folder = await temporaryFolder();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = String((taken.address() as { port: number }).port);
  const file = `${folder.path}/a-file`;
  await writeFile(file, '');
  const config = `${folder.path}/config.json`;
  await writeFile(config, '{"prot": 8080}');
  const data = { DATA_DIR: folder.path };

  const cases: [env: Record<string, string>, message: RegExp][] = [
    [{ ...data, PORT: port }, new RegExp(`port ${port} on 127.0.0.1 is in use: .* set PORT`)],
    [
      { ...data, MQTT_PORT: port },
      new RegExp(`port ${port} on 127.0.0.1 is in use: .* set MQTT_PORT`),
    ],
    [{ DATA_DIR: `${file}/below` }, /cannot open the store: .*ENOTDIR.*DATA_DIR/],
    [{ DATA_DIR: '/sys/parley' }, /cannot open the store: EPERM.*DATA_DIR/],
    [{ DATA_DIR: '/sys/kernel' }, /cannot open the store: E(ACCES|PERM|NOENT).*DATA_DIR/],
    [{ ...data, PORT: '80abc' }, /PORT: must be a whole number from 0 to 65535/],
    [{ ...data, PORT: '70000' }, /PORT: must be a whole number from 0 to 65535/],
    [{ ...data, LOG_LEVEL: 'loud' }, /LOG_LEVEL: must be one of/],
    [{ ...data, TIMEZONE: 'Mars/Olympus' }, /TIMEZONE: must be an IANA time zone/],
    [
      { ...data, MQTT_URL: 'http://x' },
      /MQTT_URL: must be an address that starts with mqtt: or mqtts:/,
    ],
    [{ ...data, HOST: 'no.such.host.invalid' }, /cannot listen on port .* HOST/],
    [{ ...data, CONFIG_FILE: config }, /prot/],
    [{ ...data, CONFIG_FILE: '/no/such/file' }, /CONFIG_FILE: cannot read \/no\/such\/file/],
    [{ ...data, MQTT_TLS_CERT_FILE: file }, /MQTT_TLS_KEY_FILE/],
  ];
  for (const [env, message] of cases) {
    const { code, stderr } = await runToEnd('services/standalone', env);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }
  taken.close();
});

test('a secret can come from a file, and is never printed', async () => {
  await using folder = await temporaryFolder();
  const secretFile = `${folder.path}/store-url`;
  await writeFile(secretFile, 'canary://user:hunter2@db\n');
  const { code, stderr } = await runToEnd('services/chat', { STORE_URL_FILE: secretFile });
  assert.equal(code, 1);
  assert.match(stderr, /STORE_URL: must be an address/);
  assert.doesNotMatch(stderr, /hunter2/);
  const both = await runToEnd('services/chat', {
    STORE_URL_FILE: secretFile,
    STORE_URL: 'sqlite:x',
  });
  assert.match(both.stderr, /set it or STORE_URL_FILE, not both/);
});

test('the services run as separate processes, over TLS, and the log outlives each of them', async () => {
  await using folder = await temporaryFolder();
  const { certFile, keyFile, caFile } = await makeCertificates(`${folder.path}/secrets`);

  await using broker = await start('broker', {
    MQTT_TLS_PORT: '0',
    MQTT_TLS_CERT_FILE: certFile,
    MQTT_TLS_KEY_FILE: keyFile,
    MQTT_TLS_CA_FILE: caFile,
    MQTT_PASSWORD: 'between-parts',
  });
  const address = new URL(broker.ready.mqtts ?? '');
  const bus = {
    MQTT_URL: `mqtts://parley:between-parts@localhost:${address.port}`,
    MQTT_CA_FILE: caFile,
  };
  await using chat = await start('services/chat', {
    ...bus,
    STORE_URL: `sqlite:${folder.path}/parley.db`,
    SERVER_NAME: 'chat-1',
  });
  await using broadcast = await start('services/broadcast', {
    ...bus,
    CHAT_URL: chat.url,
    SERVER_NAME: 'broadcast-1',
  });
  for (const part of [broker, chat, broadcast]) {
    const isReady = async () => (await fetch(`${part.url}/readyz`)).status === 200;
    await until('it is ready', isReady);
    assert.match(await (await fetch(`${part.url}/metrics`)).text(), /^process_cpu_seconds_total /m);
  }

  using reader = new EventReader(broadcast.url, 'apart');
  await reader.greeted();
  assert.equal(reader.hellos[0]?.server, 'broadcast-1');
  for (let i = 1; i <= 10; i++)
    assert.equal((await post(chat.url, 'apart', `m${i}`)).server, 'chat-1');
  await reader.received(10);

  assert.equal(await broker.end('SIGKILL'), 'SIGKILL');
  for (let i = 11; i <= 20; i++) await post(chat.url, 'apart', `m${i}`);
  await reader.received(20);
  assert.equal((await fetch(`${chat.url}/readyz`)).status, 503);
  assert.deepEqual(
    reader.seqs,
    (await wholeLog(chat.url, 'apart')).map(({ seq }) => seq),
  );
  for (const part of [broadcast, chat]) assert.equal(await part.end('SIGTERM'), 0);
});

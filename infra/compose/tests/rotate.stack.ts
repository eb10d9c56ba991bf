import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { KeyedLoad } from '@parley/testkit/clients/keyed-load.ts';
import { until } from '@parley/testkit/until.ts';
import {
  compose,
  containers,
  feed,
  newToken,
  postMessage,
  probe,
  program,
  ROOT,
  secret,
  URL_OF_STACK,
  up,
} from './stack.ts';

const PSQL = ['psql', '--quiet', '--username=postgres', '--dbname=parley'];

before(() => up());

test('nginx serves a new certificate after a reload, and no request fails', async () => {
  const load = await KeyedLoad.start(URL_OF_STACK);
  await program('tools/secrets/main.ts', 'edge');
  const wanted = await fingerprint('edge.crt');
  assert.notEqual(await servedByNginx(), wanted);
  await compose('kill', '--signal', 'HUP', 'nginx');
  await until('the new certificate is served', async () => (await servedByNginx()) === wanted);
  await load.more();
  await load.judge();
});

test('the broker serves a new certificate after a roll, and no request fails', async () => {
  const load = await KeyedLoad.start(URL_OF_STACK);
  await program('tools/secrets/main.ts', 'broker');
  const wanted = await fingerprint('broker.crt');
  assert.notEqual(await servedByBroker(), wanted);
  await program('tools/roll.ts', 'broker');
  assert.equal(await servedByBroker(), wanted);
  await load.more();
  await load.judge();
});

test('after a roll of every service the old bus password is refused, tokens of the old key are valid, and no request has failed', async () => {
  const load = await KeyedLoad.start(URL_OF_STACK);
  const replaced = await idsOfParts();
  const password = await secret('mqtt_url');
  const token = await newToken('--publish', 'x', '--speak-as', 'ada');
  assert.equal(await mqttLogin(password), 'let in');
  await program('tools/secrets/main.ts', 'mqtt');
  await program('tools/secrets/main.ts', 'token');
  await program('tools/roll.ts', 'broker', 'chat', 'broadcast');
  assert.equal(await mqttLogin(await secret('mqtt_url')), 'let in');
  assert.equal(await mqttLogin(password), 'refused');
  const newer = await newToken('--publish', 'x', '--speak-as', 'ada');
  assert.notEqual(kidOf(token), kidOf(newer));
  for (const either of [token, newer]) assert.equal((await postMessage('x', either)).status, 201);
  await load.more();
  await load.judge();
  const fresh = await idsOfParts();
  assert.equal(replaced.length, 6);
  assert.equal(fresh.length, replaced.length);
  assert.deepEqual(
    fresh.filter((id) => replaced.includes(id)),
    [],
  );
});

async function idsOfParts(): Promise<string[]> {
  return (await containers('chat', 'broadcast', 'broker')).map(({ ID }) => ID);
}

function kidOf(token: string): string {
  const [header = ''] = token.split('.');
  return JSON.parse(String(Buffer.from(header, 'base64url'))).kid;
}

test('after a roll the new login of the store works, the old login is refused, and no request fails', async () => {
  const load = await KeyedLoad.start(URL_OF_STACK);
  const old = await secret('store_url');
  await program('tools/secrets/main.ts', 'store');
  const fresh = await secret('store_url');
  await sql('login.sql');
  assert.deepEqual([await storeLogin(old), await storeLogin(fresh)], ['let in', 'let in']);
  await program('tools/roll.ts', 'chat');
  await sql('end-other-logins.sql');
  assert.deepEqual([await storeLogin(old), await storeLogin(fresh)], ['refused', 'let in']);
  await load.more();
  await load.judge();
});

async function fingerprint(name: string): Promise<string> {
  return new X509Certificate(await secret(name)).fingerprint256;
}

function servedByNginx(): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(URL_OF_STACK);
    const socket: TLSSocket = connect({ port: Number(port), host: hostname }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

function servedByBroker(): Promise<string> {
  const script = `import { readFileSync } from 'node:fs';
    import { connect } from 'node:tls';
    const ca = readFileSync('/secrets/ca.crt');
    const socket = connect({ host: 'broker', port: 8883, ca }, () => {
      process.stdout.write(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });`;
  return probe('bus', script);
}

function mqttLogin(url: string): Promise<string> {
  const script = `import { readFileSync } from 'node:fs';
    import mqtt from 'mqtt';
    const ca = readFileSync('/secrets/ca.crt');
    const client = await mqtt.connectAsync(process.argv[1], { ca, reconnectPeriod: 0 }).catch(() => undefined);
    process.stdout.write(client ? 'let in' : 'refused');
    process.exit();`;
  return probe('bus', script, url);
}

function storeLogin(url: string): Promise<string> {
  const script = `import pg from 'pg';
    const client = new pg.Client({ connectionString: process.argv[1] });
    process.stdout.write(await client.connect().then(() => 'let in', () => 'refused'));
    process.exit();`;
  return probe('store', script, url);
}

async function sql(name: string): Promise<void> {
  await feed('postgres', await readFile(join(ROOT, 'infra/postgres', name)), ...PSQL);
}

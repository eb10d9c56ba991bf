import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedLoad } from '../../../tests/keyed-load.ts';
import { compose, probe, program, secret, URL_OF_STACK, up } from './stack.ts';

/** As a user would make one (docs/tokens.md). */
async function newToken(...rights: string[]): Promise<string> {
  const making = ['exec', '-T', 'chat', 'node', 'services/chat/tokens/main.ts', '--for', 'test'];
  return (await compose(...making, ...rights)).trim();
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

function say(channel: string, token?: string): Promise<Response> {
  return fetch(`${URL_OF_STACK}/chat/${channel}`, {
    method: 'POST',
    headers: token === undefined ? {} : bearer(token),
    body: new URLSearchParams({ username: 'ada', message: 'hi' }),
  });
}

async function statusOf(path: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : bearer(token);
  const response = await fetch(URL_OF_STACK + path, { headers });
  await response.body?.cancel();
  return response.status;
}

/** What a client of the bus hears of a channel within a moment after somebody spoke there. */
async function hearByMqtt(channel: string, token: string): Promise<string> {
  const script = `import { readFileSync } from 'node:fs';
    import mqtt from 'mqtt';
    const [channel, password] = process.argv.slice(1);
    const ca = readFileSync('/secrets/ca.crt');
    const end = (word) => { process.stdout.write(word); process.exit(); };
    const options = { ca, username: 'device', password, reconnectPeriod: 0 };
    const client = await mqtt.connectAsync('mqtts://broker:8883', options).catch(() => end('refused'));
    client.on('message', (_, payload) => end(JSON.parse(payload).message));
    await client.subscribeAsync('chat/events/' + channel).catch(() => end('not granted'));
    const body = new URLSearchParams({ username: 'ada', message: 'heard' });
    const headers = { Authorization: 'Bearer ' + password };
    await fetch('http://chat:8081/chat/' + channel, { method: 'POST', headers, body });`;
  return probe('bus', script, channel, token);
}

test('open: a key is changed under load, and tokens of both hold', async () => {
  await up();
  const before = await newToken('--publish', 'x', '--speak-as', 'ada');
  const load = await KeyedLoad.start(URL_OF_STACK);
  await program('scripts/secrets/main.ts', 'token');
  await program('scripts/roll.ts', 'chat', 'broadcast', 'broker');
  await load.more();
  await load.judge();
  const then = await newToken('--publish', 'x', '--speak-as', 'ada');
  assert.notEqual(kidOf(before), kidOf(then));
  assert.equal((await say('x', before)).status, 201);
  assert.equal((await say('x', then)).status, 201);
});

function kidOf(token: string): string {
  const [header = ''] = token.split('.');
  return JSON.parse(String(Buffer.from(header, 'base64url'))).kid;
}

test('required: a guest gets nothing, a token its channels, over HTTPS and MQTT', async (t) => {
  process.env.AUTH = 'required';
  t.after(() => delete process.env.AUTH);
  await up();
  assert.equal((await say('team.red')).status, 401);
  for (const path of ['/chat', '/chat/team.red', '/broadcast/team.red'])
    assert.equal(await statusOf(path), 401, path);
  const token = await newToken('--publish', 'team.*', '--subscribe', 'team.*');
  assert.equal((await say('team.red', token)).status, 201);
  assert.equal((await say('lobby', token)).status, 403);
  assert.equal(await statusOf('/broadcast/team.red', token), 200);
  assert.equal(await statusOf('/broadcast/lobby', token), 403);
  assert.equal(await hearByMqtt('team.red', token), 'heard');
  assert.equal(await hearByMqtt('lobby', token), 'not granted');
  assert.equal(await hearByMqtt('team.red', await secret('mqtt_password')), 'refused');
});

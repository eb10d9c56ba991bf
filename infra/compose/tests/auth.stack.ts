import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { newToken, postMessage, probe, secret, URL_OF_STACK, upRequired } from './stack.ts';

async function statusOf(path: string, token?: string): Promise<number> {
  const response = await fetch(URL_OF_STACK + path, { headers: bearerHeader(token) });
  await response.body?.cancel();
  return response.status;
}

/** The message that an MQTT client receives after a post to a channel, or why it receives none. */
async function receiveByMqtt(channel: string, token: string): Promise<string> {
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

before(() => upRequired());

test('with AUTH=required a guest gets nothing and a token gets its channels, over HTTPS and MQTT', async () => {
  assert.equal((await postMessage('team.red')).status, 401);
  for (const path of ['/chat', '/chat/team.red', '/broadcast/team.red'])
    assert.equal(await statusOf(path), 401, path);
  const token = await newToken('--publish', 'team.*', '--subscribe', 'team.*');
  assert.equal((await postMessage('team.red', token)).status, 201);
  assert.equal((await postMessage('lobby', token)).status, 403);
  assert.equal(await statusOf('/broadcast/team.red', token), 200);
  assert.equal(await statusOf('/broadcast/lobby', token), 403);
  assert.equal(await receiveByMqtt('team.red', token), 'heard');
  assert.equal(await receiveByMqtt('lobby', token), 'not granted');
  assert.equal(await receiveByMqtt('team.red', await secret('mqtt_password')), 'refused');
});

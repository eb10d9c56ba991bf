import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { type Device, openDevice } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { startForDevices } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';

/** The letters of one channel, decomposed and composed. */
const TYPED = 'Ku\u0308che-\u1112\u1161\u11ab';
const NAME = 'K\u00fcche-\ud55c';

const stack = new AsyncDisposableStack();
let parley: Running;
let mqttUrl: string;
let device: Device;
let folder: string;

before(async () => {
  ({ parley, mqttUrl, folder } = await startForDevices(stack));
  device = stack.use(await openDevice(mqttUrl));
});
after(() => stack.disposeAsync());

/** Posts bytes; resolves with the code of the refusal, or with the stored text. */
async function postBytes(type: string, body: Buffer, query = ''): Promise<unknown> {
  const headers = { 'Content-Type': type };
  const response = await fetch(`${parley.url}/chat/bytes${query}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  });
  const answer = (await response.json()) as { code?: string; message?: string };
  return answer.code ?? answer.message;
}

test('a channel is the same in every way of posting, in any form of its name', async () => {
  const key = openSigningKey(readFileSync(`${folder}/token.key`, 'utf8'));
  const token = key.sign({ sub: 'program', publish: [TYPED], subscribe: [TYPED] }, 600);
  await using holder = await openDevice(mqttUrl, { username: 'any', password: token });
  const received: string[] = [];
  const reader = stack.use(await openDevice(mqttUrl)).client;
  reader.on('message', (topic) => received.push(topic));
  await reader.subscribeAsync(`chat/events/${TYPED}`);
  await post(parley.url, TYPED, '1');
  await post(parley.url, NAME, '2');
  await post(`${parley.url}/api`, TYPED, '3');
  using socket = new SocketReader(parley.url, TYPED, '?last=9');
  await socket.receivedFrame('hello');
  socket.send({ type: 'message', username: 'ada', message: '4' });
  await socket.received(4);
  await holder.post(TYPED, { username: 'ada', message: '5' });
  await holder.post(NAME, { username: 'ada', message: '6' });
  await socket.received(6);
  const log = await wholeLog(parley.url, NAME);
  assert.deepEqual(
    log.map(({ channel, message }) => [channel, message]),
    ['1', '2', '3', '4', '5', '6'].map((message) => [NAME, message]),
  );
  assert.deepEqual(await wholeLog(parley.url, TYPED), log);
  const listed = await fetch(`${parley.url}/chat?channel=${encodeURIComponent(TYPED)}`);
  const { channels } = (await listed.json()) as { channels: { channel: string }[] };
  assert.deepEqual(
    channels.map(({ channel }) => channel),
    [NAME],
  );
  await until('the device received everything', () => received.length === 6);
  assert.deepEqual(new Set(received), new Set([`chat/events/${NAME}`]));
  await reader.unsubscribeAsync(`chat/events/${TYPED}`);
  await post(parley.url, NAME, '7');
  await socket.received(7);
  assert.equal(received.length, 6);
});

/**
 * Not UTF-8: a single byte of Latin-1, an overlong NUL, half a surrogate pair, a truncated
 * sequence.
 */
const BROKEN = [[0xe9], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]];
const around = (before: string, bytes: number[], behind = '') =>
  Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(behind)]);
const json = (bytes: number[]) =>
  around('{"type":"message","username":"ada","message":"', bytes, '"}');

test('bytes that are not UTF-8 are refused in every way of posting, and nothing is stored', async () => {
  for (const bytes of BROKEN) {
    const percent = bytes.map((byte) => `%${byte.toString(16)}`).join('');
    const outcomes = [
      await postBytes('application/json', json(bytes)),
      await postBytes('text/plain', around('hi', bytes), '?username=ada'),
      await postBytes('application/x-www-form-urlencoded', around('username=a&message=', bytes)),
      await postBytes(
        'application/x-www-form-urlencoded',
        Buffer.from(`username=a&message=${percent}`),
      ),
      await postBytes('text/plain', Buffer.from('hi'), `?username=${percent}`),
    ];
    assert.deepEqual(
      outcomes,
      outcomes.map(() => 'invalid-encoding'),
    );
    const received = device.problems.length;
    await device.client.publishAsync('chat/inbox/bytes', json(bytes), { qos: 1 });
    await device.receivedProblems(received + 1);
    assert.equal(device.problems.at(-1)?.code, 'invalid-encoding');
  }
  const url = `${parley.url.replace('http', 'ws')}/broadcast/bytes/ws`;
  const socket = new WebSocket(url);
  const answers: { type: string; code?: string }[] = [];
  socket.onmessage = ({ data }) => answers.push(JSON.parse(data));
  await until('the WebSocket is open', () => socket.readyState === WebSocket.OPEN);
  for (const bytes of BROKEN) socket.send(new Uint8Array(json(bytes)));
  const refusals = () => answers.filter(({ type }) => type === 'error');
  await until('each frame was answered', () => refusals().length === BROKEN.length);
  socket.close();
  assert.deepEqual(new Set(refusals().map(({ code }) => code)), new Set(['invalid-encoding']));
  assert.deepEqual(await wholeLog(parley.url, 'bytes'), []);
});

test('CR LF and CR become one line break, in every way of posting', async () => {
  const sent = 'a\r\nb\rc\n\r\nd\r\r\n';
  const stored = 'a\nb\nc\n\nd\n\n';
  const fields = { username: 'ada', message: sent };
  await fetch(`${parley.url}/chat/lines`, { method: 'POST', body: new URLSearchParams(fields) });
  await post(parley.url, 'lines', sent);
  await fetch(`${parley.url}/chat/lines?username=ada`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: sent,
  });
  using socket = new SocketReader(parley.url, 'lines', '?last=9');
  await socket.receivedFrame('hello');
  socket.send({ type: 'message', ...fields });
  await device.post('lines', fields);
  await socket.received(5);
  assert.deepEqual(
    socket.events.map(({ message }) => message),
    Array.from({ length: 5 }, () => stored),
  );
});

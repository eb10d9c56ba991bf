import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '@parley/client';
import { auditPageSchema } from '@parley/contract/accounts/audit.ts';
import { parseChannelList } from '@parley/contract/channels/channel-list.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import type { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import { newcomer, openDeployments } from './account-deployments.ts';
import { newAdministrator } from './administrator.ts';

let mqttPort: number;
const deployments = openDeployments(async () => {
  mqttPort = await freePort();
  return { MQTT_PORT: String(mqttPort) };
});
let made: ReturnType<typeof newAdministrator> | undefined;

const inMs = (ms: number) => ({ until: new Date(Date.now() + ms).toISOString() });
const LONG = 3_600_000;

/** An administrator, and an account that is muted in a new channel, whose message 1 is. */
async function open(channel: string) {
  made ??= newAdministrator(deployments.url, deployments.first.folder);
  const [root, eve] = [await made, await newcomer(deployments.url)];
  await eve.browser.send('POST', `/chat/${channel}`, { message: 'mine' });
  await root.browser.send('POST', `/chat/${channel}`, { message: 'of root' });
  const path = `/chat/${channel}/muted/${eve.name.toUpperCase()}`;
  assert.equal((await root.browser.send('PUT', path, inMs(LONG))).status, 204);
  return { root, eve, path };
}

/** The codes with which every way to write in `lobby` answers; undefined where it is stored. */
async function writeEverywhere(
  url: string,
  { browser, token, name }: Awaited<ReturnType<typeof newcomer>>,
) {
  const send = async (method: string, path: string, body?: object) =>
    (await browser.send(method, path, body)).body.code;
  const message = { message: `by ${name}` };
  const signal = { type: 'typing', data: 1, store: false };
  using socket = new SocketReader(url, 'lobby', '', bearerHeader(token));
  await socket.receivedFrame('hello');
  const bySocket = async (fields: object) => {
    const count = () => [...socket.answers('ack'), ...socket.answers('error')].length;
    const earlier = count();
    socket.send({ type: 'message', ...fields });
    await until('it is answered', () => count() > earlier);
    return socket.answers('error').at(-1)?.code;
  };
  return {
    post: await send('POST', '/chat/lobby', message),
    alias: await send('POST', '/api/chat/lobby', message),
    typed: await send('POST', '/chat/lobby', { type: 'order', data: 1 }),
    signal: await send('POST', '/chat/lobby', signal),
    edit: await send('PATCH', '/chat/lobby/events/1', { message: `other ${Date.now()}` }),
    vote: await send('PUT', '/chat/lobby/events/2/vote', { value: 1 }),
    reply: await send('POST', '/chat/lobby', { ...message, replyTo: 2 }),
    reaction: await send('PUT', '/chat/lobby/events/2/reactions/%F0%9F%91%8D'),
    batch: await batch(url, token),
    socket: await bySocket(message),
    socketSignal: await bySocket({ type: 'typing', data: 1, store: false }),
    device: await byDevice(token, message),
    deviceSignal: await byDevice(token, signal),
  };
}

async function batch(url: string, token: string): Promise<unknown> {
  const answer = await fetch(`${url}/chat`, {
    method: 'POST',
    headers: { ...bearerHeader(token), 'Content-Type': 'application/x-ndjson' },
    body: JSON.stringify({ channel: 'lobby', message: 'in a batch' }),
  });
  return JSON.parse((await answer.text()).trim()).code;
}

/** Publishes to the inbox; resolves with the code of the problem, or undefined when the post arrives. */
async function byDevice(token: string, fields: object): Promise<unknown> {
  const clientId = `device-${Math.random().toString(36).slice(2)}`;
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId });
  await device.subscribeAsync([
    `chat/errors/${clientId}`,
    'chat/events/lobby',
    'chat/signals/lobby',
  ]);
  const outcome = new Promise<unknown>((resolve) =>
    device.on('message', (topic, payload) => {
      resolve(topic.startsWith('chat/errors') ? JSON.parse(String(payload)).code : undefined);
    }),
  );
  await device.publishAsync('chat/inbox/lobby', JSON.stringify({ ...fields, token }), { qos: 1 });
  const code = await outcome;
  await device.endAsync(true);
  return code;
}

test('a muted account is refused on every way in, in that channel only, until it is unmuted', async () => {
  const { root, eve, path } = await open('lobby');
  const { url } = deployments;
  for (const [way, code] of Object.entries(await writeEverywhere(url, eve)))
    assert.equal(code, 'muted', way);
  const elsewhere = await eve.browser.send('POST', '/chat/other', { message: 'x' });
  assert.equal(elsewhere.status, 201);
  const { body } = await root.browser.send('GET', '/chat/lobby/events');
  assert.equal((body.events as unknown[]).length, 2, 'nothing was stored');
  assert.equal((await root.browser.send('DELETE', path)).status, 204);
  for (const [way, code] of Object.entries(await writeEverywhere(url, eve)))
    assert.equal(code, undefined, way);
  await root.browser.send('PUT', path, inMs(LONG));
  const others = await newcomer(url);
  const refused = Object.entries(await writeEverywhere(url, others)).filter(([, code]) => code);
  assert.deepEqual(refused, [['edit', 'forbidden']]);
  assert.equal((await eve.browser.send('DELETE', '/chat/lobby/events/1')).status, 204);
});

test('a mute ends by itself', async () => {
  const { root, eve, path } = await open('brief');
  const post = () => eve.browser.send('POST', '/chat/brief', { message: 'again' });
  assert.equal((await root.browser.send('PUT', path, inMs(3_000))).status, 204);
  assert.equal((await post()).status, 403);
  await until('it may post', async () => (await post()).status === 201);
});

test('those who may close the channel see and change its mutes', async () => {
  const { root, eve, path } = await open('seen');
  const mute = async (browser: BrowserSession, to: string, body: object) => {
    const answer = await browser.send('PUT', to, body);
    return [answer.status, answer.body.code];
  };
  const { body } = await root.browser.send('GET', '/chat/seen/muted');
  const [muted] = body.muted as { username: string; until: string }[];
  assert.equal(muted?.username, eve.name);
  assert.ok(Date.parse(muted?.until ?? '') > Date.now());
  assert.equal((await eve.browser.send('GET', '/chat/seen/muted')).status, 403);
  assert.equal((await eve.browser.send('DELETE', path)).status, 403);
  assert.deepEqual(await mute(eve.browser, path, inMs(LONG)), [403, 'forbidden']);
  assert.deepEqual(await mute(root.browser, '/chat/seen/muted/none', inMs(LONG)), [
    404,
    'not-found',
  ]);
  for (const until of [undefined, 7, '', 'soon', '2020-01-01T00:00:00Z', '2030-01-01', null])
    assert.deepEqual(await mute(root.browser, path, { until }), [400, 'malformed-request']);
  for (const until of ['2999-01-01T00:00:00Z', '2999-01-01T00:00:00.5+02:00'])
    assert.deepEqual(await mute(root.browser, path, { until }), [204, undefined]);
  assert.equal((await root.browser.send('DELETE', path)).status, 204);
  assert.equal((await root.browser.send('DELETE', path)).status, 204, 'again');
  assert.deepEqual((await root.browser.send('GET', '/chat/seen/muted')).body, { muted: [] });
  const { entries } = auditPageSchema.parse((await root.browser.send('GET', '/audit')).body);
  const acts = entries.filter(({ channel }) => channel === 'seen').map(({ act }) => act);
  assert.deepEqual(acts, ['mute', 'mute', 'mute', 'unmute']);
});

test('the list of channels has the mutes of the account that asks, and of no other', async () => {
  const { root, eve, path } = await open('listed');
  const mutedUntil = async ({ browser }: { browser: BrowserSession }) => {
    const { body } = await browser.send('GET', '/chat?channel=listed');
    return parseChannelList(body).channels[0]?.mutedUntil;
  };
  assert.ok(Date.parse((await mutedUntil(eve)) ?? '') > Date.now());
  assert.equal(await mutedUntil(root), undefined);
  await root.browser.send('DELETE', path);
  assert.equal(await mutedUntil(eve), undefined);
});

/** The mutes that a stream or WebSocket has brought, without the times of their ends. */
const mutesIn = (text: string) =>
  [
    ...text.matchAll(/(?:event: mute\ndata: \{|"type":"mute",)"channel":"([^"]+)","until":(n?)/g),
  ].map(([, channel, isEnd]) => `${isEnd ? 'ended' : 'muted'} ${channel}`);

/** Streams and WebSockets of an account, live in a channel, and what they have brought. */
async function listen(open: AsyncDisposableStack, channel: string, token: string | undefined) {
  const { url } = deployments;
  const headers: Record<string, string> = token === undefined ? {} : bearerHeader(token);
  const stream = (path: string) => open.use(new StreamText(url, path, headers, '/broadcast'));
  const many = open.use(new SocketReader(url, undefined, '', headers));
  await many.receivedFrame('hello');
  many.send({ type: 'subscribe', channel });
  const streams = [
    stream(`/${channel}`),
    stream(`/${channel}?untyped=1`),
    stream(`?channel=${channel}&channel=elsewhere`),
    stream(`?channel=${channel.slice(0, -1)}*`),
  ];
  const sockets = [open.use(new SocketReader(url, channel, '', headers)), many];
  const texts = () => [
    ...streams.map(({ text }) => text),
    ...sockets.map((socket) => socket.texts.join('\n')),
  ];
  const all = (word: string) =>
    until(`all have ${word}`, () => texts().every((text) => text.includes(word)));
  await all('hello');
  await many.receivedFrame('subscribed');
  return { all, mutes: () => texts().map(mutesIn) };
}

test('a mute, its change and its end reach the streams of that account that have the channel', async () => {
  const channel = 'live.mutes';
  const { root, eve, path } = await open(channel);
  await using listening = new AsyncDisposableStack();
  const zoe = await newcomer(deployments.url);
  const own = await listen(listening, channel, eve.token);
  const others = [
    await listen(listening, channel, zoe.token),
    await listen(listening, channel, undefined),
    await listen(listening, 'live.other', eve.token),
  ];
  const send = async (method: string, to: string, body?: object) =>
    assert.equal((await root.browser.send(method, to, body)).status, 204);
  await send('PUT', path, inMs(LONG));
  await send('PUT', path, inMs(2 * LONG));
  await send('DELETE', path);
  await send('DELETE', path);
  await send('PUT', `/chat/${channel}/muted/${zoe.name}`, inMs(LONG));
  for (const name of [channel, 'live.other'])
    await root.browser.send('POST', `/chat/${name}`, { message: 'the end' });
  for (const listener of [own, ...others]) await listener.all('the end');
  const expected = ['muted', 'muted', 'ended'].map((what) => `${what} ${channel}`);
  await until('all have all', () => own.mutes().every(({ length }) => length >= 3));
  for (const mutes of own.mutes()) assert.deepEqual(mutes, expected);
  const [ofZoe, ...none] = others;
  for (const mutes of ofZoe?.mutes() ?? []) assert.deepEqual(mutes, [`muted ${channel}`]);
  for (const { mutes } of none) assert.deepEqual(mutes().flat(), []);
});

test('a mute in a private channel reaches the streams of members only', async () => {
  const channel = 'live.hidden';
  const { root, eve, path } = await open(channel);
  await using listening = new AsyncDisposableStack();
  const stranger = await newcomer(deployments.url);
  const at = `/chat/${channel}`;
  assert.equal((await root.browser.send('PUT', `${at}/access`, { private: true })).status, 200);
  const url = `${at}/members/${eve.name}`;
  assert.equal((await root.browser.send('PUT', url)).status, 204);
  const member = await listen(listening, channel, eve.token);
  const other = await listen(listening, channel, stranger.token);
  for (const to of [path, `${at}/muted/${stranger.name}`, path])
    assert.equal((await root.browser.send('PUT', to, inMs(LONG))).status, 204);
  await until('a member hears what came last', () =>
    member.mutes().every(({ length }) => length === 2),
  );
  assert.deepEqual(other.mutes().flat(), []);
});

test('the client library gets a mute and its end', async () => {
  const { root, eve, path } = await open('library');
  const client = connect(deployments.url, { token: async () => eve.token });
  const heard: unknown[] = [];
  const channel = client.channel('library');
  channel.on('mute', (mute) => heard.push(mute));
  await new Promise<void>((resolve) => channel.on('live', () => resolve()));
  const { until: end } = inMs(LONG);
  await root.browser.send('PUT', path, { until: end });
  await root.browser.send('DELETE', path);
  await until('both are heard', () => heard.length === 2);
  assert.deepEqual(
    heard,
    [end, null].map((until) => ({ channel: 'library', until })),
  );
  client.close();
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import {
  type Client,
  makePrivate,
  type PrivateDeployment,
  say,
  startPrivate,
} from '../private-channels/deployment.ts';

let parley: PrivateDeployment;
let root: Client;
let ada: Client;
let bob: Client;

before(async () => {
  const channels = 'open.*,else.*,direct-*';
  parley = await startPrivate({
    AUTH: 'required',
    ACCOUNT_PUBLISH: channels,
    ACCOUNT_SUBSCRIBE: channels,
  });
  root = parley.service({ sub: 'root', name: 'Root', role: 'admin' });
  [ada, bob] = [await parley.account(), await parley.account()];
});
after(() => parley?.[Symbol.asyncDispose]());

const put = (client: Client, channel: string, name: unknown) =>
  client.ask('PUT', `/chat/${encodeURIComponent(channel)}/name`, { name });

const codeOf = async (answer: ReturnType<Client['ask']>) => {
  const { status, body } = await answer;
  return body?.code ? `${status} ${body.code}` : status;
};

test('the maker and administrators rename a channel, with the right to both names', async () => {
  await say('open.a', ada, 'mine');
  await makePrivate('open.secret', bob);
  const { body } = await ada.ask('POST', '/direct', { with: [bob.name] });
  const direct = String(body?.channel);
  const post = parley.service({ sub: 'post', role: 'admin', subscribe: ['open.*'] });
  const read = parley.service({ sub: 'read', role: 'admin', publish: ['open.*'] });
  const plain = parley.service({ sub: 'plain' });
  const cases: [Client, string, unknown, number | string][] = [
    [parley.guest, 'open.a', 'open.b', '401 unauthenticated'],
    [plain, 'open.a', 'open.b', '403 forbidden'],
    [bob, 'open.a', 'open.b', '403 forbidden'],
    [post, 'open.a', 'other.b', '403 forbidden'],
    [read, 'open.a', 'other.b', '403 forbidden'],
    [ada, 'open.a', 'other.b', '403 forbidden'],
    [ada, 'other.a', 'open.b', '403 forbidden'],
    [ada, 'open.none', 'open.b', '404 not-found'],
    [ada, 'open.secret', 'open.b', '404 not-found'],
    [ada, direct, 'open.b', '403 forbidden'],
    [root, direct, 'open.b', '403 forbidden'],
    [root, 'parley-canary', 'open.b', '403 forbidden'],
    [root, 'open.a', 'parley-canary', '403 forbidden'],
    [root, 'open.a', 'search', '400 reserved-channel'],
    [root, 'open.a', 'no name', '400 invalid-channel'],
    [root, 'open.a', undefined, '400 invalid-channel'],
    [ada, 'open.a', 'open.secret', '409 channel-exists'],
    [ada, 'open.a', direct, '409 channel-exists'],
    [ada, 'open.a', 'open.a', 200],
    [ada, 'open.a', 'else.b', 200],
    [root, 'else.b', 'open.c', 200],
    [bob, 'open.secret', 'open.hidden', 200],
    [root, 'open.hidden', 'open.secret', 200],
  ];
  for (const [client, channel, name, expected] of cases) {
    const what = `${client.name}: ${channel} to ${name}`;
    assert.equal(await codeOf(put(client, channel, name)), expected, what);
  }
  const audit = await root.ask('GET', '/audit?before=9007199254740991&limit=9');
  const entries = (audit.body?.entries ?? []) as Record<string, string>[];
  assert.deepEqual(
    entries
      .filter(({ act }) => act === 'rename-channel')
      .map(({ channel, detail, name }) => [channel, detail, name]),
    [
      ['open.a', 'else.b', ada.name],
      ['else.b', 'open.c', 'Root'],
      ['open.secret', 'open.hidden', bob.name],
      ['open.hidden', 'open.secret', 'Root'],
    ],
  );
});

test('with hello=id the hello of an old name has no id, because a reset follows', async () => {
  await say('open.before', ada, 'hi');
  assert.equal((await put(ada, 'open.before', 'open.after')).status, 200);
  using stream = new StreamText(parley.url, 'open.before?hello=id', ada.headers);
  await until('the reset has come', () => stream.text.includes('event: reset\n'));
  assert.doesNotMatch(stream.text, /^id:/m);
});

/** Every request that is about a channel. */
const REQUESTS: [method: string, path: string, body?: unknown][] = [
  ['GET', ''],
  ['HEAD', ''],
  ['GET', '/events'],
  ['GET', '/events?before=9&limit=1'],
  ['GET', '/events?thread=1'],
  ['GET', '/search?q=hi'],
  ['GET', '/read'],
  ['PUT', '/read', { seq: 1 }],
  ['GET', '/access'],
  ['GET', '/muted'],
  ['POST', '', { message: 'hi' }],
  ['POST', '', { type: 'ping', store: false }],
  ['PATCH', '/events/1', { message: 'hi' }],
  ['DELETE', '/events/1'],
  ['PUT', '/events/1/vote', { value: 1 }],
  ['PUT', '/events/1/reactions/%F0%9F%91%8D'],
  ['DELETE', '/events/1/reactions/%F0%9F%91%8D'],
  ['PUT', '/closed'],
  ['DELETE', '/closed'],
  ['PUT', '/archived', { archived: true }],
  ['PUT', '/archived', { archived: false }],
  ['PUT', '/access', { private: true }],
  ['PUT', '/members/unknown'],
  ['DELETE', '/members/unknown'],
  ['PUT', '/name', { name: 'open.f' }],
  ['DELETE', ''],
];

/** The status and the text of an answer, without what differs between two channels or requests. */
async function textOf(
  { headers }: Client,
  channel: string,
  method: string,
  path: string,
  body: unknown,
): Promise<[number, string]> {
  const answer = await fetch(`${parley.url}/chat/${channel}${path}`, {
    method,
    headers: { ...headers, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = (await answer.text()).replace(/"instance":"[^"]*"/, '');
  return [answer.status, text.replaceAll(channel, 'NAME')];
}

for (const isPrivate of [false, true]) {
  const side = isPrivate ? 'private' : 'public';
  test(`requests for the old name of a ${side} channel get the new one, or nothing of it`, async () => {
    const [old, now, hidden] = ['old', 'now', 'hidden'].map((word) => `open.${side}-${word}`);
    await makePrivate(String(hidden), ada);
    await say(String(hidden), ada, 'hi');
    const made = await parley.account();
    if (isPrivate) await makePrivate(String(old), made, ada);
    await say(String(old), made, 'hi');
    assert.equal((await put(made, String(old), now)).status, 200);
    const admin = parley.service({ sub: 'admin', name: 'Admin', role: 'admin' });
    const readers = isPrivate ? [ada] : [ada, bob];
    const others = isPrivate ? [bob] : [];
    // A token that may read only the old name.
    others.push(
      parley.service({ sub: 'one', name: 'One', publish: [String(old)], subscribe: [String(old)] }),
    );
    for (const [method, path, body] of REQUESTS) {
      const isForAdmins =
        /closed|archived|muted/.test(path) || (path === '' && method === 'DELETE');
      const isForAccounts = /read$/.test(path);
      for (const client of isForAdmins ? [admin] : isForAccounts ? readers : [...readers, admin]) {
        const answer = await fetch(`${parley.url}/chat/${old}${path}`, {
          method,
          headers: { ...client.headers, 'Content-Type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const what = `${client.name}: ${method} ${path}`;
        assert.equal(answer.status, 409, what);
        assert.equal(answer.headers.get('location'), `/chat/${now}`, what);
        if (method === 'HEAD') continue;
        const { code, channel } = (await answer.json()) as Record<string, unknown>;
        assert.deepEqual([code, channel], ['renamed', now], what);
      }
      if (isForAdmins) continue;
      for (const client of others) {
        const answered = await textOf(client, String(old), method, path, body);
        const what = `${client.name}: ${method} ${path}`;
        if (method === 'POST') assert.equal(answered[0], 404, what);
        if (client === bob)
          assert.deepEqual(answered, await textOf(bob, String(hidden), method, path, body), what);
        assert.doesNotMatch(String(answered[1]), /renamed|-now/, what);
      }
    }
    const { body: page } = await ada.ask('GET', `/chat/${old}/events?renamed=0`);
    assert.deepEqual([page?.epoch, page?.head], [null, 0]);
    const listed = await ada.ask('GET', `/chat?channel=${old}`);
    assert.deepEqual(listed.body?.channels, []);
  });
}

test('batches, WebSockets and devices learn the new name', async () => {
  await say('open.x', ada, 'hi');
  await put(ada, 'open.x', 'open.y');
  const lines = ['open.x', 'open.y'].map((channel) =>
    JSON.stringify({ channel, message: 'hi', username: ada.name }),
  );
  const batch = await fetch(`${parley.url}/chat`, {
    method: 'POST',
    headers: { ...ada.headers, 'Content-Type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  const answers = (await batch.text()).trim().split('\n');
  assert.deepEqual(
    answers
      .map((line) => JSON.parse(line))
      .map(({ status, code, channel }) => [status, code, channel]),
    [
      [409, 'renamed', 'open.y'],
      [201, undefined, 'open.y'],
    ],
  );
  await using socket = new SocketReader(parley.url, 'open.x', '', ada.headers);
  await socket.receivedFrame('hello');
  socket.send({ type: 'message', message: 'hi', key: 'k' });
  await socket.receivedFrame('error');
  const [{ code, to, key }] = socket.answers('error') as Record<string, unknown>[] as [
    Record<string, unknown>,
  ];
  assert.deepEqual([code, to, key], ['renamed', 'open.y', 'k']);
  const device = await mqtt.connectAsync(parley.mqttUrl, {
    clientId: 'device-1',
    username: ada.name,
    password: String(ada.token),
  });
  await using _device = { [Symbol.asyncDispose]: () => device.endAsync(true) };
  const problems: Record<string, unknown>[] = [];
  device.on('message', (_, payload) => problems.push(JSON.parse(payload.toString())));
  await device.subscribeAsync('chat/errors/device-1');
  await device.publishAsync('chat/inbox/open.x', JSON.stringify({ message: 'hi' }), { qos: 1 });
  await until('the problem comes', () => problems.length > 0);
  assert.deepEqual([problems[0]?.code, problems[0]?.channel], ['renamed', 'open.y']);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectWithToken, openDevice } from '@parley/testkit/clients/device.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { inboxOpened } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type MqttClient } from 'mqtt';
import {
  type Client,
  makePrivate,
  type PrivateDeployment,
  say,
  startPrivate,
} from './deployment.ts';

/** A private channel with events, and a name that no channel has. */
const [HIDDEN, ABSENT] = ['hidden', 'absent'];
/** In every text of the private channel, and nowhere else. */
const MARK = 'secret-text';

const stack = new AsyncDisposableStack();
const deployments: { parley: PrivateDeployment; ada: Client; bob: Client; attackers: Client[] }[] =
  [];

before(async () => {
  for (const AUTH of ['open', 'required']) {
    const parley = stack.use(await startPrivate({ AUTH }));
    const [ada, bob, eve] = [
      await parley.account(),
      await parley.account(),
      await parley.account(),
    ];
    await makePrivate(HIDDEN, ada, bob);
    await say(HIDDEN, ada, `${MARK} 1`);
    // A channel that everyone reads, so that lists are not empty.
    await parley.service({ name: 'root' }).ask('POST', '/chat/lobby', { message: 'hello' });
    const attackers = [
      eve,
      parley.service({ private: false }),
      parley.service({ publish: ['l*'], subscribe: ['l*'] }),
    ];
    if (AUTH === 'open')
      attackers.push(parley.guest, parley.service({ subscribe: [], publish: [] }));
    deployments.push({ parley, ada, bob, attackers });
  }
});
after(() => stack.disposeAsync());

/** A text as it would be about another channel: without names of channels, requests and streams. */
const about = (text: string, channel: string) =>
  text
    .replaceAll(channel, 'CHANNEL')
    .replaceAll(/\\?"(stream|instance)\\?":\\?"[^"\\]+\\?"/g, '"$1":"-"')
    .replaceAll(/retry: \d+/g, 'retry: -')
    .replaceAll(/^:\n/gm, '');

async function answerTo(
  { parley }: { parley: PrivateDeployment },
  client: Client,
  { method, path, body }: { method: string; path: (channel: string) => string; body?: object },
  channel: string,
): Promise<string> {
  const response = await fetch(parley.url + path(channel), {
    method,
    headers: { ...client.headers, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const headers = [...response.headers].filter(
    ([name]) => !['date', 'x-request-id', 'ratelimit-policy'].includes(name),
  );
  return about(JSON.stringify([response.status, headers, await response.text()]), channel);
}

/** Requests whose answers must be those about a channel that does not exist. */
const REQUESTS: { method: string; path: (channel: string) => string; body?: object }[] = [
  { method: 'GET', path: (name) => `/chat?channel=${name}` },
  { method: 'GET', path: (name) => `/chat?channel=${name}&private=1` },
  { method: 'GET', path: (name) => `/chat?channel=${name}&private=0` },
  { method: 'GET', path: (name) => `/chat?channel=${name}&access=1` },
  { method: 'GET', path: (name) => `/chat?after=${name}` },
  { method: 'GET', path: (name) => `/chat/${name}` },
  { method: 'HEAD', path: (name) => `/chat/${name}` },
  { method: 'GET', path: (name) => `/api/chat/${name}` },
  { method: 'GET', path: (name) => `/chat/${name}/events` },
  { method: 'GET', path: (name) => `/chat/${name}/events?before=9` },
  { method: 'GET', path: (name) => `/chat/${name}/events?after=0&private=0` },
  { method: 'GET', path: (name) => `/chat/${name}/events?thread=1` },
  { method: 'GET', path: (name) => `/chat/${name}/search?q=secret` },
  { method: 'GET', path: () => `/search?q=${MARK.split('-')[0]}` },
  { method: 'PUT', path: (name) => `/chat/${name}/events/1/reactions/%F0%9F%91%8D` },
  { method: 'GET', path: (name) => `/chat/${name}/read` },
  { method: 'PUT', path: (name) => `/chat/${name}/read`, body: { seq: 1 } },
  { method: 'GET', path: (name) => `/chat/${name}/muted` },
  { method: 'GET', path: (name) => `/chat/${name}/access` },
  { method: 'GET', path: (name) => `/broadcast/${name}/presence` },
  { method: 'GET', path: (name) => `/${name}` },
  { method: 'PUT', path: (name) => `/chat/${name}/access`, body: { private: false } },
  { method: 'PUT', path: (name) => `/chat/${name}/members/x` },
  { method: 'DELETE', path: (name) => `/chat/${name}/members/x` },
  { method: 'PUT', path: (name) => `/chat/${name}/events/1/vote`, body: { value: 1 } },
  { method: 'PATCH', path: (name) => `/chat/${name}/events/1`, body: { message: 'x' } },
  { method: 'DELETE', path: (name) => `/chat/${name}/events/1` },
  { method: 'DELETE', path: (name) => `/chat/${name}/closed` },
];

test('every answer about a private channel is that about a channel that does not exist', async () => {
  for (const deployment of deployments) {
    const { ada, bob, attackers } = deployment;
    for (const client of attackers) {
      for (const request of REQUESTS) {
        const [hidden, absent] = [
          await answerTo(deployment, client, request, HIDDEN),
          await answerTo(deployment, client, request, ABSENT),
        ];
        const what = `${client.name}: ${request.method} ${request.path(HIDDEN)}`;
        assert.equal(hidden, absent, what);
        assert.ok(!hidden.includes(MARK) && !hidden.includes(ada.name), what);
      }
      // Names of members are asked for, too.
      for (const name of [bob.name, client.name]) {
        for (const method of ['PUT', 'DELETE']) {
          const path = (channel: string) => `/chat/${channel}/members/${name}`;
          assert.equal(
            await answerTo(deployment, client, { method, path }, HIDDEN),
            await answerTo(deployment, client, { method, path }, ABSENT),
          );
        }
      }
    }
  }
});

test('the list of channels has no private channel, also with patterns and in pages', async () => {
  for (const { attackers } of deployments) {
    for (const client of attackers) {
      for (const query of ['', '?limit=1', '?private=1', '?after=a', '?after=hidde&limit=1']) {
        const { body } = await client.ask('GET', `/chat${query}`);
        assert.ok(!JSON.stringify(body).includes(HIDDEN), `${client.name} ${query}`);
      }
    }
  }
});

/** Where tokens are required, one whose patterns do not match is refused for any channel. */
const refusalOf = (parley: PrivateDeployment, { token = '..' }: Client) => {
  const isOpen = parley === deployments[0]?.parley;
  const claims = JSON.parse(String(Buffer.from(token.split('.')[1] ?? '', 'base64url')) || '{}');
  return isOpen || claims.publish?.includes('**') ? 404 : 403;
};

test('no other client posts into a private channel or takes its name', async () => {
  for (const { parley, ada, attackers } of deployments) {
    for (const client of attackers) {
      for (const body of [
        { username: 'x', message: 'x' },
        { username: 'x', type: 'probe', data: 1 },
        { username: 'x', type: 'probe', data: 1, store: false },
      ]) {
        const fields = client.name.startsWith('ada-') ? { ...body, username: undefined } : body;
        const { status } = await client.ask('POST', `/chat/${HIDDEN}`, fields);
        assert.equal(status, refusalOf(parley, client), client.name);
      }
      const batch = await fetch(`${parley.url}/chat`, {
        method: 'POST',
        headers: { ...client.headers, 'Content-Type': 'application/x-ndjson' },
        body: JSON.stringify({ channel: HIDDEN, username: client.name, message: 'x' }),
      });
      assert.equal(JSON.parse(await batch.text()).status, refusalOf(parley, client), client.name);
      const taken = await client.ask('PUT', `/chat/${HIDDEN}/access`, { private: true });
      assert.ok([401, 403, 404].includes(taken.status), `${client.name} ${taken.status}`);
      using socket = new SocketReader(parley.url, undefined, '', client.headers);
      await socket.receivedFrame('hello');
      socket.send({ type: 'message', channel: HIDDEN, username: client.name, message: 'x' });
      await socket.receivedFrame('error');
      const code = refusalOf(parley, client) === 404 ? 'not-found' : 'forbidden';
      assert.equal(socket.answers('error')[0]?.code, code);
    }
    const { body } = await ada.ask('GET', `/chat/${HIDDEN}/events`);
    assert.equal(body?.head, 1);
  }
});

/** Streams of one channel or several, by path and query. */
const STREAMS: ((channel: string, past: string) => [path: string, under: string])[] = [
  (name) => [name, '/broadcast/'],
  (name) => [`${name}?last=50`, '/broadcast/'],
  (name, past) => [`${name}?lastEventId=${past}`, '/broadcast/'],
  (name) => [`?channel=${name}&channel=lobby&last=50`, '/broadcast'],
  (name) => [`?channel=${name}&presence=0`, '/broadcast'],
];

test('a stream of a private channel is that of a channel that does not exist', async () => {
  for (const { parley, ada, bob, attackers } of deployments) {
    const { body } = await ada.ask('GET', `/chat/${HIDDEN}/events`);
    const past = `${body?.epoch}:0`;
    for (const client of attackers) {
      using open = new DisposableStack();
      const pairs = STREAMS.map((stream) =>
        [HIDDEN, ABSENT].map((name) => {
          const [path, under] = stream(name, past);
          return open.use(new StreamText(parley.url, path, client.headers, under));
        }),
      );
      const patterns = ['**', 'hid*', '*', 'h*n'].map((pattern) =>
        open.use(
          new StreamText(parley.url, `?channel=${pattern}&last=50`, client.headers, '/broadcast'),
        ),
      );
      const sockets = [HIDDEN, ABSENT].map((name) =>
        open.use(new SocketReader(parley.url, name, '?last=50', client.headers)),
      );
      const several = open.use(new SocketReader(parley.url, undefined, '', client.headers));
      await several.receivedFrame('hello');
      const opened = await Promise.all(
        pairs.flat().map(async (stream) => {
          await Promise.race([
            until('it begins', () => stream.text.includes('event: hello')),
            stream.closed,
          ]);
          return stream;
        }),
      );
      // All that happens in the private channel meanwhile.
      using member = new SocketReader(parley.url, HIDDEN, '', bob.headers);
      await member.receivedFrame('hello');
      await say(HIDDEN, ada, `${MARK} 2`);
      await ada.ask('POST', `/chat/${HIDDEN}`, { type: 'probe', data: MARK, store: false });
      await ada.ask('PUT', `/chat/${HIDDEN}/members/${bob.name}`);
      for (const name of [HIDDEN, ABSENT])
        several.send({ type: 'subscribe', channel: name, last: 9 });
      await until(
        'both are answered',
        () => several.answers('subscribed').length + several.answers('error').length >= 2,
      );
      await member.received(1);
      // Presence of the readers here is announced within a second.
      await until('the presence of the streams is settled', async () => {
        const counts = await Promise.all(
          [HIDDEN, ABSENT].map(async (name) => {
            const answer = await client.ask('GET', `/broadcast/${name}/presence`);
            return about(JSON.stringify([answer.status, answer.body]), name);
          }),
        );
        return counts[0] === counts[1];
      });
      const last = (text: string) => text.replaceAll(/event: presence\ndata: [^\n]*\n\n/g, '');
      for (const [hidden, absent] of pairs) {
        assert.equal(
          about(last(hidden?.text ?? ''), HIDDEN).replaceAll(/id: .*/g, 'id: -'),
          about(last(absent?.text ?? ''), ABSENT).replaceAll(/id: .*/g, 'id: -'),
          client.name,
        );
      }
      const [hidden, absent] = sockets;
      const textsOf = (socket: SocketReader | undefined, name: string) =>
        about(JSON.stringify([socket?.others, socket?.log]), name);
      assert.equal(textsOf(hidden, HIDDEN), textsOf(absent, ABSENT));
      const answers = several.others.slice(1).map((text) => JSON.stringify(text));
      const [one, two] = [HIDDEN, ABSENT].map((name) =>
        answers.filter((text) => text.includes(name)).map((text) => about(text, name)),
      );
      assert.deepEqual(one, two, client.name);
      const all = [...opened.map(({ text }) => text), ...sockets.flatMap(({ texts }) => texts)];
      for (const text of [...all, ...several.texts]) {
        for (const word of [MARK, ada.name, bob.name]) assert.ok(!text.includes(word), text);
      }
      for (const { text } of patterns) {
        for (const word of [HIDDEN, MARK]) assert.ok(!text.includes(word), text);
      }
    }
  }
});

/** A private channel that no one else has asked for. */
const DARK = 'dark';

const FILTERS = [
  '#',
  'chat/#',
  '+/#',
  'chat/+/#',
  'chat/+/+',
  'chat/+/+/+',
  'chat/+/+/+/+',
  'chat/events/#',
  'chat/events/dark',
  'chat/signals/#',
  'chat/presence/#',
  'chat/presence/dark/+',
  'chat/channels',
  'chat/private/#',
  'chat/private/events/dark',
  'chat/private/changes',
  'chat/private/read-positions',
  'chat/private/mutes',
  'chat/events/../private/events/dark',
];

const PRIVATE = ['events', 'signals', 'presence', 'changes', 'read-positions', 'mutes'].map(
  (kind) => `private/${kind}`,
);

async function watchAll(parley: PrivateDeployment, token: string | undefined) {
  const device = await connectWithToken(parley.mqttUrl, token).catch(() => undefined);
  const received: string[] = [];
  device?.on('message', (topic, payload) => received.push(`${topic} ${payload}`));
  for (const filter of FILTERS)
    await device?.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
  return { device, received };
}

test('devices get nothing of a private channel, with any filter and any token', async () => {
  for (const { parley, ada, bob, attackers } of deployments) {
    await using connected = new AsyncDisposableStack();
    const leave = (device: MqttClient | undefined) =>
      connected.defer(async () => device?.endAsync(true));
    const tokens = [
      undefined,
      bob.token,
      parley.service({}).token,
      ...attackers.map((one) => one.token),
    ];
    const devices = await Promise.all(tokens.map((token) => watchAll(parley, token)));
    for (const { device } of devices) leave(device);
    const part = await mqtt.connectAsync(parley.mqttUrl, {
      username: 'parley',
      password: parley.partPassword,
      reconnectPeriod: 0,
    });
    leave(part);
    const seen: string[] = [];
    part.on('message', (topic, payload) => seen.push(`${topic} ${payload}`));
    await part.subscribeAsync('chat/#', { qos: 1 });
    await makePrivate(DARK, ada, bob);
    using reader = new SocketReader(parley.url, DARK, '', bob.headers);
    await reader.receivedFrame('hello');
    await say(DARK, ada, `${MARK} 3`);
    await ada.ask('POST', `/chat/${DARK}`, { type: 'probe', data: MARK, store: false });
    await bob.ask('PUT', `/chat/${DARK}/read`, { seq: 1 });
    const admin = parley.service({ sub: 'root', role: 'admin' });
    await admin.ask('PUT', `/chat/${DARK}/muted/${bob.name}`, { until: '2999-01-01T00:00:00Z' });
    await ada.ask('DELETE', `/chat/${DARK}/members/${bob.name}`);
    await say('lobby', ada, 'the end');
    await until('the services got all of it', () =>
      [...PRIVATE, 'the end'].every((word) => seen.join('\n').includes(word)),
    );
    for (const { device, received } of devices) {
      // The events of the lobby came after those of the private channel.
      if (device) await until('the last event arrives', () => received.join().includes('the end'));
      const text = received.join('\n');
      for (const word of [MARK, DARK, 'chat/private']) assert.ok(!text.includes(word), text);
    }
    assert.ok(
      !seen.some((text) => /^chat\/(events|signals|presence|channels)\S* .*dark/.test(text)),
    );
  }
});

test('a device posts into a private channel only with a token that may', async () => {
  for (const { parley, ada, bob, attackers } of deployments) {
    await inboxOpened(parley.url);
    for (const { token, name } of attackers) {
      await using device = await openDevice(
        parley.mqttUrl,
        token ? { username: 'x', password: token } : {},
      );
      const username = name.startsWith('ada-') ? undefined : 'x';
      // The broker disconnects a device that publishes where its token gives no right.
      const cut = new Promise<void>((resolve) => device.client.once('close', () => resolve()));
      void device.post(HIDDEN, { username, message: 'x', token }).catch(() => undefined);
      await Promise.race([device.receivedProblems(1), cut]);
      const [problem] = device.problems;
      if (problem) assert.equal(problem.code, 'not-found', name);
      else assert.ok(!device.client.connected, name);
    }
    await using device = await openDevice(parley.mqttUrl, {
      username: 'x',
      password: bob.token ?? '',
    });
    await device.post(HIDDEN, { message: 'by a member', token: bob.token });
    await until('it is stored', async () => {
      const { body } = await ada.ask('GET', `/chat/${HIDDEN}/events?before=99`);
      return JSON.stringify(body).includes('by a member');
    });
    const { body } = await ada.ask('GET', `/chat/${HIDDEN}/events`);
    assert.ok(!JSON.stringify(body).includes('"message":"x"'));
  }
});

test('a channel that becomes private leaves no presence at the broker', async () => {
  for (const { parley, ada } of deployments) {
    const channel = 'was-public';
    await say(channel, ada, 'hi');
    using _reader = new SocketReader(parley.url, channel, '', ada.headers);
    const part = await mqtt.connectAsync(parley.mqttUrl, {
      username: 'parley',
      password: parley.partPassword,
    });
    await using _part = { [Symbol.asyncDispose]: () => part.endAsync(true) };
    const retained = new Map<string, string>();
    part.on('message', (topic, payload) => retained.set(topic, String(payload)));
    await part.subscribeAsync(`chat/presence/${channel}/+`);
    const names = () => [...retained.values()].join();
    await until('the presence is retained', () => names().includes(ada.name));
    await makePrivate(channel, ada);
    await until('it is cleared', () => !names().includes(ada.name));
  }
});

test('all traffic matched the API documents', async () => {
  for (const { parley } of deployments) assert.equal(await parley.parley.end('SIGTERM'), 0);
});

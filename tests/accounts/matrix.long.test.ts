import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ChatMessage, isMessage } from '@parley/contract/events/event.ts';
import { eventsPageSchema } from '@parley/contract/events/events-page.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { until } from '@parley/testkit/until.ts';
import type { MqttClient } from 'mqtt';
import { connectPart, readTopic } from './matrix/mqtt-reads.ts';
import {
  ANSWERS,
  mark,
  type Reading,
  readAnswer,
  readMany,
  readSocket,
  readSse,
  STREAMS,
} from './matrix/reads.ts';
import {
  CHANNELS,
  type Deployment,
  startDeployment,
  USERS,
  type User,
  type UserName,
} from './matrix/users.ts';
import { CHANGE, changeOwn, line, POST, POST_EVENT } from './matrix/writes.ts';

const stack = new AsyncDisposableStack();
let deployment: Deployment;
let part: MqttClient;
/** A position in each channel that has an event after it. */
const past = new Map<string, string>();

const NAMES = Object.keys(USERS) as UserName[];
/** A ticket can only open streams. */
const ASKING = NAMES.filter((name) => name !== 'ticket');

before(async () => {
  deployment = stack.use(await startDeployment());
  part = await connectPart(deployment);
  stack.defer(() => part.endAsync(true));
  for (const channel of CHANNELS) {
    past.set(channel, String((await sayAsRoot(channel, 'first')).id));
    await sayAsRoot(channel, 'second');
    await part.publishAsync(`chat/events/${channel}`, `kept ${mark(channel)}`, {
      qos: 1,
      retain: true,
    });
    const watcher = deployment.root(`watcher of ${mark(channel)}`);
    const socket = stack.use(new SocketReader(deployment.parley.url, channel, '', watcher));
    await socket.receivedFrame('hello');
  }
});
after(() => stack.disposeAsync());

async function sayAsRoot(channel: string, text: string): Promise<Record<string, unknown>> {
  const message = { username: 'root', message: `${text} ${mark(channel)}` };
  const url = `${deployment.parley.url}/chat/${channel}`;
  const { status, body } = await ask('POST', url, deployment.root(), message);
  assert.equal(status, 201);
  return body ?? {};
}

/** Posts a message, a typed event and a signal, each with the text and the channel's mark. */
async function sayAll(channel: string, text: string): Promise<void> {
  await sayAsRoot(channel, text);
  const url = `${deployment.parley.url}/chat/${channel}`;
  for (const [kind, more] of [
    ['event', {}],
    ['signal', { store: false }],
  ] as const) {
    const fields = { type: 'probe', data: `${kind} ${text} ${mark(channel)}`, ...more };
    const { status } = await ask('POST', url, deployment.root(), fields);
    assert.equal(status, kind === 'event' ? 201 : 202);
  }
}

async function messages(channel: string): Promise<ChatMessage[]> {
  const url = `${deployment.parley.url}/chat/${channel}/events?limit=1000`;
  const page = eventsPageSchema.parse((await ask('GET', url, deployment.root())).body);
  return page.events.filter(isMessage);
}

/** Nothing that a user received may name a channel that the user may not read. */
function assertNoLeak({ name, reads }: User, way: string, text: string): void {
  for (const channel of CHANNELS) {
    if (!reads.includes(channel))
      assert.ok(!text.includes(mark(channel)), `${name}: ${way}: ${text}`);
  }
}

function assertLetIn(
  user: User,
  { way, channel, reading }: { way: string; channel: string; reading: Reading },
) {
  const { name, reads } = user;
  const cell = `${name} ${way} ${channel}`;
  assert.equal(reading.allowed, reads.includes(channel), cell);
  if (reading.allowed || reading.status === undefined) return;
  assert.equal(reading.status, name === 'guest' ? 401 : 403, cell);
}

for (const name of ASKING) {
  test(`${name}: every answer is about channels that the user may read`, async () => {
    const user = deployment.user(name);
    const { url } = deployment.parley;
    for (const channel of CHANNELS) {
      for (const [way, requestOf] of Object.entries(ANSWERS)) {
        const request = requestOf(channel);
        using reading = await readAnswer(url, request, await user.show());
        assertLetIn(user, { way, channel, reading });
        if (reading.allowed && request.hasTexts !== false)
          assert.ok(reading.text().includes(mark(channel)), `${way}: no ${mark(channel)}`);
        assertNoLeak(user, way, reading.text());
      }
    }
    for (const list of [
      '/chat?limit=100',
      `/api/chat?${CHANNELS.map((one) => `channel=${one}`).join('&')}`,
    ]) {
      const { status, body } = await ask('GET', url + list, (await user.show()).headers);
      assert.equal(status, name === 'guest' ? 401 : 200);
      const listed = (body?.channels ?? []) as { channel: string }[];
      assert.deepEqual(listed.map(({ channel }) => channel).sort(), [...user.reads].sort());
    }
  });
}

/**
 * Opens every kind of stream of every channel, and returns the accepted ones with their readings.
 */
async function openStreams(user: User) {
  const readings: { way: string; channel: string; reading: Reading }[] = [];
  const { url } = deployment.parley;
  for (const channel of CHANNELS) {
    for (const [way, open] of Object.entries(STREAMS)) {
      const stream = { url, channel, stream: open(past.get(channel) ?? '') };
      readings.push({ way: `SSE ${way}`, channel, reading: await readSse(stream, user) });
      readings.push({ way: `WebSocket ${way}`, channel, reading: await readSocket(stream, user) });
    }
  }
  return readings;
}

for (const name of NAMES) {
  test(`${name}: every stream, live or resumed, is of channels that the user may read`, async () => {
    const user = deployment.user(name);
    using open = new DisposableStack();
    const readings = await openStreams(user);
    for (const { reading } of readings) open.use(reading);
    for (const each of readings) assertLetIn(user, each);
    for (const channel of CHANNELS) await sayAll(channel, `live for ${name}`);
    for (const { way, channel, reading } of readings.filter(({ reading }) => reading.allowed)) {
      const live = `live for ${name} ${mark(channel)}`;
      for (const text of [live, `event ${live}`, `signal ${live}`])
        await until(`${way} ${channel} has ${text}`, () => reading.text().includes(text));
      const resumed = reading.text().includes(`second ${mark(channel)}`);
      assert.equal(resumed, !way.endsWith('live'), `${way} ${channel}`);
    }
    using _visitors = await visit(name);
    for (const { way, reading } of readings) assertNoLeak(user, way, reading.text());
  });
}

for (const name of NAMES) {
  test(`${name}: streams of several channels have those that the user may read, also by patterns and later`, async () => {
    const user = deployment.user(name);
    const { url } = deployment.parley;
    using open = new DisposableStack();
    const refused = name === 'guest' ? 401 : 403;
    const forbidden = open.use(await readMany(url, CHANNELS, user));
    assert.equal(forbidden.status, refused);
    const lists = [user.reads, ['**'], ['team.**', 'lobby*'], ['*', 'team.*', 'team.*.*']];
    const readings: Reading[] = [];
    for (const channels of lists.filter((list) => list.length > 0)) {
      const reading = open.use(await readMany(url, channels, user));
      assert.equal(reading.status, name === 'guest' ? 401 : 200, channels.join());
      if (reading.allowed) readings.push(reading);
    }
    const socket = open.use(await readSocket({ url, stream: { query: '' } }, user));
    assert.equal(socket.allowed, name !== 'guest');
    if (socket.allowed) {
      readings.push(socket);
      for (const channel of CHANNELS) socket.socket.send({ type: 'subscribe', channel, last: 9 });
      const { socket: client } = socket;
      const settled = () => client.answers('subscribed').length + client.answers('error').length;
      await until('every channel is answered', () => settled() === CHANNELS.length);
      const subscribed = client.answers('subscribed').map(({ channel }) => channel);
      assert.deepEqual(subscribed.toSorted(), user.reads.toSorted());
    }
    await sayAll(`team.red.later-${name}`, 'not for this user');
    for (const channel of CHANNELS) await sayAll(channel, `many for ${name}`);
    for (const reading of readings) {
      for (const channel of user.reads) {
        const live = `many for ${name} ${mark(channel)}`;
        for (const text of [live, `event ${live}`, `signal ${live}`])
          await until(`it has ${text}`, () => reading.text().includes(text));
      }
      assertNoLeak(user, 'many', reading.text());
      assert.doesNotMatch(
        reading.text(),
        /not for this user|"(?:channel|error)":"team\.red\.later/,
      );
    }
  });
}

/** Connects a visitor to every channel and waits until the readers get its presence. */
async function visit(name: string): Promise<Disposable> {
  using visitors = new DisposableStack();
  const { url } = deployment.parley;
  for (const channel of CHANNELS) {
    const who = `${name} beside ${mark(channel)}`;
    const socket = visitors.use(new SocketReader(url, channel, '', deployment.root(who)));
    await until('presence is published', () => JSON.stringify(socket.presences).includes(who));
  }
  return visitors.move();
}

const WILDCARDS = [
  '#',
  'chat/#',
  'chat/events/#',
  'chat/events/+',
  'chat/presence/#',
  'chat/signals/#',
  'chat/signals/+',
  '+/events/+',
  'chat/+/+',
];

for (const name of ASKING) {
  test(`${name}: MQTT delivers only channels that the user may read, live and retained, by name and by wildcard`, async () => {
    const user = deployment.user(name);
    using open = new DisposableStack();
    const named = CHANNELS.flatMap((channel) => [
      { channel, topic: `chat/events/${channel}` },
      { channel, topic: `chat/presence/${channel}/+` },
      { channel, topic: `chat/signals/${channel}` },
    ]);
    const exact = [];
    for (const { channel, topic } of named) {
      const reading = open.use(await readTopic(deployment, user, topic));
      assert.equal(reading.allowed, user.reads.includes(channel), `${name} ${topic}`);
      exact.push({ channel, topic, reading });
    }
    const wild: { topic: string; reading: Reading }[] = [];
    for (const topic of WILDCARDS) {
      wild.push({ topic, reading: open.use(await readTopic(deployment, user, topic)) });
    }
    for (const channel of CHANNELS) await sayAll(channel, `live for ${name}`);
    for (const { channel, topic, reading } of exact.filter(({ reading }) => reading.allowed)) {
      const live = `live for ${name} ${mark(channel)}`;
      const expected = topic.includes('presence')
        ? [`watcher of ${mark(channel)}`]
        : topic.includes('signals')
          ? [`signal ${live}`]
          : [`retained kept ${mark(channel)}`, live, `event ${live}`];
      for (const text of expected) {
        await until(`${topic} brings ${text}`, () => reading.text().includes(text));
      }
    }
    using _visitors = await visit(name);
    const byWildcard: [topic: string, text: (channel: string) => string][] = [
      ['chat/events/+', (channel) => `live for ${name} ${mark(channel)}`],
      ['chat/signals/+', (channel) => `signal live for ${name} ${mark(channel)}`],
      ['chat/events/+', (channel) => `retained kept ${mark(channel)}`],
      ['chat/presence/#', (channel) => `watcher of ${mark(channel)}`],
      ['chat/presence/#', (channel) => `${name} beside ${mark(channel)}`],
    ];
    for (const [pattern, text] of byWildcard) {
      const reading = wild.find(({ topic }) => topic === pattern)?.reading;
      for (const channel of user.reads) {
        const has = () => reading?.text().includes(text(channel)) ?? false;
        await until(`${pattern} brings ${text(channel)}`, has);
      }
    }
    for (const { topic, reading } of [...exact, ...wild]) assertNoLeak(user, topic, reading.text());
  });
}

for (const name of ASKING) {
  test(`${name}: the user can post in its own channels in every way, and in no others`, async () => {
    const user = deployment.user(name);
    for (const channel of CHANNELS) {
      const attempt = { deployment, user, channel, seq: 1 };
      const mayRead = (user.reads as string[]).includes(channel);
      const mayPost = (user.posts as string[]).includes(channel);
      const refused = name === 'guest' ? 401 : 403;
      assert.equal(await POST.post?.(attempt), mayPost ? 201 : refused, `post ${channel}`);
      assert.equal(await POST.alias?.(attempt), mayPost ? 201 : refused, `alias ${channel}`);
      assert.equal(await POST_EVENT.event(attempt), mayPost ? 201 : refused, `event ${channel}`);
      assert.equal(await POST_EVENT.signal(attempt), mayPost ? 202 : refused, `signal ${channel}`);
      assert.equal(await POST.batch?.(attempt), mayPost ? 201 : refused, `batch ${channel}`);
      const bySocket = mayPost && mayRead ? 'stored' : 'refused';
      assert.equal(await POST.webSocket?.(attempt), bySocket, `webSocket ${channel}`);
      const byInbox = mayPost ? 'stored' : 'refused';
      assert.equal(await POST.inbox?.(attempt), byInbox, `inbox ${channel}`);
      const ways = ['post', 'alias', 'batch', ...(mayRead ? ['webSocket'] : []), 'inbox'];
      const expected = mayPost ? ways.map((way) => line(user, way, channel)) : [];
      const own = async () => (await messages(channel)).filter(({ username }) => username === name);
      await until(
        'all its messages are stored',
        async () => (await own()).length >= expected.length,
      );
      assert.deepEqual(
        (await own()).map(({ message }) => message),
        expected,
      );
    }
  });

  test(`${name}: the user can change its channels within its rights, and no others`, async () => {
    const user = deployment.user(name);
    for (const channel of CHANNELS) {
      const { seq } = await sayAsRoot(channel, `for ${name} to change`);
      const attempt = { deployment, user, channel, seq: Number(seq) };
      const mayPost = (user.posts as string[]).includes(channel);
      const refused = name === 'guest' ? 401 : 403;
      const outcomes = new Map<string, unknown>();
      for (const [what, change] of Object.entries(CHANGE))
        outcomes.set(what, await change(attempt));
      const voted = mayPost ? 200 : refused;
      const ruled = mayPost && name === 'admin' ? 204 : refused;
      assert.deepEqual(
        Object.fromEntries(outcomes),
        {
          vote: voted,
          'vote by alias': voted,
          'edit of another': refused,
          'delete of another': ruled,
          close: ruled,
          reopen: ruled,
        },
        `${name} ${channel}`,
      );
      // A missing event gets the same refusal, so that the answer does not reveal what exists.
      const nowhere = await CHANGE.vote?.({ ...attempt, seq: 999_999 });
      assert.equal(nowhere, mayPost ? 404 : refused);
      const target = (await messages(channel)).find((one) => one.seq === seq);
      assert.deepEqual(
        [target?.deleted ?? false, target?.down],
        [ruled === 204, ruled === 204 || !mayPost ? 0 : 1],
      );
      const own = (await messages(channel)).find(({ username }) => username === name);
      assert.equal(own !== undefined, mayPost);
      if (own) assert.deepEqual(await changeOwn(attempt, own), [200, 204]);
    }
  });
}

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.parley.end('SIGTERM'), 0);
});

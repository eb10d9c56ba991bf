import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isMessage } from '@parley/contract/events/event.ts';
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
  readSocket,
  readSse,
  STREAMS,
} from './matrix/reads.ts';
import { assertNoLeak, logOf, postAll, postText, watch } from './matrix/root.ts';
import { RULES } from './matrix/rules.ts';
import {
  ACCOUNT_PASSWORD,
  CHANNELS,
  type Deployment,
  hasAccount,
  startDeployment,
  USERS,
  type User,
  type UserName,
} from './matrix/users.ts';
import { CHANGE, changeOwn, draftOf, KINDS, type Kind, POST, textOf } from './matrix/writes.ts';

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
    past.set(channel, String((await postText(deployment, channel, 'first')).id));
    await postText(deployment, channel, 'second');
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
      '/chat?order=recent&limit=100',
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

for (const name of ASKING) {
  test(`${name}: a search of all channels finds those that the user may read, and no other`, async () => {
    const user = deployment.user(name);
    const { headers } = await user.show();
    for (const query of ['q=second', 'q=sec*&limit=1', 'q=from:root&limit=100']) {
      const found = new Set<string>();
      for (let before: unknown; before !== null; ) {
        const more = before === undefined ? '' : `&before=${before}`;
        const path = `${deployment.parley.url}/search?${query}${more}`;
        const { status, body } = await ask('GET', path, headers);
        assert.equal(status, name === 'guest' ? 401 : 200, query);
        assertNoLeak(user, `/search?${query}`, JSON.stringify(body));
        if (status !== 200) break;
        for (const { channel } of (body?.results ?? []) as { channel: string }[])
          found.add(channel);
        before = body?.next;
      }
      if (!query.includes('from'))
        assert.deepEqual([...found].sort(), [...user.reads].sort(), query);
    }
  });
}

for (const name of NAMES) {
  test(`${name}: every stream, live or resumed, is of channels that the user may read`, async () => {
    const user = deployment.user(name);
    using open = new DisposableStack();
    const readings = await openStreams(user);
    for (const { reading } of readings) open.use(reading);
    for (const each of readings) assertLetIn(user, each);
    for (const channel of CHANNELS) await postAll(deployment, channel, `live for ${name}`);
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
    for (const channel of CHANNELS) await postAll(deployment, channel, `live for ${name}`);
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

for (const name of NAMES) {
  test(`${name}: the user can post in its own channels in every way, and in no others`, async () => {
    const user = deployment.user(name);
    const refused = name === 'guest' ? 401 : 403;
    for (const channel of CHANNELS) {
      using watched = await watch(deployment, `/${channel}`);
      const attempt = { deployment, user, channel, seq: 1 };
      const mayPost = user.posts.includes(channel);
      const mayRead = user.reads.includes(channel);
      const accepted: Record<Kind, string[]> = { message: [], event: [], signal: [] };
      for (const [way, { send, transport }] of Object.entries(POST)) {
        // A ticket opens WebSockets only.
        if (name === 'ticket' && transport !== 'WebSocket') continue;
        for (const kind of KINDS) {
          const text = `${name}: ${kind} by ${way} ${mark(channel)}`;
          const mayUse = mayPost && (way !== 'webSocket' || mayRead);
          const status = kind === 'signal' ? 202 : 201;
          const [yes, no] = transport === 'HTTP' ? [status, refused] : ['stored', 'refused'];
          assert.equal(await send(attempt, draftOf(user, kind, text)), mayUse ? yes : no, text);
          if (mayUse) accepted[kind].push(text);
        }
      }
      const own = async () => {
        const events = await logOf(deployment, channel);
        return events.map(textOf).filter((text) => text.startsWith(`${name}: `));
      };
      const stored = [...accepted.message, ...accepted.event];
      await until('all of it is stored', async () => (await own()).length >= stored.length);
      assert.deepEqual((await own()).sort(), stored.sort());
      for (const text of accepted.signal)
        await until(`a reader gets ${text}`, () => watched.text().includes(text));
      const signals = watched.text().split(`${name}: signal by`).length - 1;
      assert.equal(signals, accepted.signal.length);
    }
  });
}

const messages = async (channel: string) => (await logOf(deployment, channel)).filter(isMessage);

for (const name of ASKING) {
  test(`${name}: the user can change its channels within its rights, and no others`, async () => {
    const user = deployment.user(name);
    for (const channel of CHANNELS) {
      const { seq } = await postText(deployment, channel, `for ${name} to change`);
      const attempt = { deployment, user, channel, seq: Number(seq) };
      const mayPost = (user.posts as string[]).includes(channel);
      const refused = name === 'guest' ? 401 : 403;
      const outcomes = new Map<string, unknown>();
      for (const [what, change] of Object.entries(CHANGE))
        outcomes.set(what, await change(attempt));
      const voted = mayPost ? 200 : refused;
      const isRead = (user.reads as string[]).includes(channel);
      const ruled = mayPost && name === 'admin' ? 204 : refused;
      assert.deepEqual(
        Object.fromEntries(outcomes),
        {
          vote: voted,
          'vote by alias': voted,
          react: voted,
          'take a reaction back': voted,
          'react by alias': voted,
          'edit of another': refused,
          'delete of another': ruled,
          mute: ruled,
          unmute: ruled,
          'list of mutes': ruled === 204 ? 200 : refused,
          close: ruled,
          rename: ruled === 204 && isRead ? 200 : refused,
          archive: ruled,
          unarchive: ruled,
          reopen: ruled,
        },
        `${name} ${channel}`,
      );
      // A missing event gets the same refusal, so that the answer does not reveal what exists.
      const nowhere = await CHANGE.vote?.({ ...attempt, seq: 999_999 });
      assert.equal(nowhere, mayPost ? 404 : refused);
      const target = (await messages(channel)).find((one) => one.seq === seq);
      assert.deepEqual(
        [target?.deleted ?? false, target?.down, target?.reactions],
        [
          ruled === 204,
          ruled === 204 || !mayPost ? 0 : 1,
          ruled === 204 || !mayPost ? undefined : { '👍': 1 },
        ],
      );
      const own = (await messages(channel)).find(({ username }) => username === name);
      assert.equal(own !== undefined, mayPost);
      if (own) assert.deepEqual(await changeOwn(attempt, own), [200, 204]);
    }
  });
}

for (const name of ASKING) {
  test(`${name}: only an account has read positions, in the channels that it may read`, async () => {
    const user = deployment.user(name);
    const { headers } = await user.show();
    const refused = name === 'guest' ? 401 : 403;
    for (const channel of CHANNELS) {
      const mayMark = hasAccount(name) && user.reads.includes(channel);
      for (const path of [`/chat/${channel}/read`, `/api/chat/${channel}/read`]) {
        const url = deployment.parley.url + path;
        for (const answer of [
          await ask('PUT', url, headers, { seq: 1 }),
          await ask('GET', url, headers),
        ]) {
          const { status, body } = answer;
          assert.equal(status, mayMark ? 200 : refused, `${name} ${path}`);
          assert.equal(body?.seq, mayMark ? 1 : undefined);
        }
      }
    }
  });
}

/** Whether a user may ask for another address of its own account. */
const SETS_EMAIL: Partial<Record<UserName, number>> = { account: 202, person: 403 };

for (const name of ASKING) {
  test(`${name}: the calls of mail answer everyone the same, but for the own account`, async () => {
    const { headers } = await deployment.user(name).show();
    const send = (path: string, body: object) =>
      ask('POST', deployment.parley.url + path, headers, body);
    const [known, unknown] = [
      await send('/session/forgot', { login: 'account' }),
      await send('/session/forgot', { login: 'unknown' }),
    ];
    assert.equal(known.status, 202);
    assert.deepEqual(unknown, known);
    const { status, body } = await send('/session/confirm', { confirm: 'A'.repeat(43) });
    assert.deepEqual([status, body?.code], [403, 'invalid-link']);
    const email = `${name}@example.org`;
    const asked = await send('/session/email', { password: ACCOUNT_PASSWORD, email });
    assert.equal(asked.status, SETS_EMAIL[name] ?? 401);
    const guessed = await send('/session/email', { password: 'a wrong password', email });
    assert.equal(guessed.status, name === 'person' ? 403 : 401);
  });
}

for (const name of ASKING) {
  test(`${name}: only an administrator can use the calls of administrators`, async () => {
    const { headers } = await deployment.user(name).show();
    const refused = name === 'guest' ? 401 : 403;
    for (const [call, { body, status }] of Object.entries(RULES)) {
      const [method = '', path = ''] = call.split(' ');
      const answer = await ask(method, deployment.parley.url + path, headers, body);
      assert.equal(answer.status, name === 'admin' ? status : refused, `${name} ${call}`);
    }
  });
}

for (const name of [...ASKING.filter((one) => one !== 'admin'), 'admin'] as const) {
  test(`${name}: only an administrator can delete a channel in which it may post`, async () => {
    const user = deployment.user(name);
    const { headers } = await user.show();
    const refused = name === 'guest' ? 401 : 403;
    for (const channel of CHANNELS) {
      const mayDelete = name === 'admin' && (user.posts as string[]).includes(channel);
      const at = `${deployment.parley.url}/api/chat/${channel}`;
      assert.equal((await ask('DELETE', at, headers)).status, mayDelete ? 204 : refused, channel);
      assert.equal((await logOf(deployment, channel)).length === 0, mayDelete, channel);
    }
  });
}

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.parley.end('SIGTERM'), 0);
});

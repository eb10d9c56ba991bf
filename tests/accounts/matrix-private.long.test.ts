import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from '@parley/testkit/clients/ask.ts';
import { until } from '@parley/testkit/until.ts';
import { readTopic } from './matrix/mqtt-reads.ts';
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
import { logOf, postAll, postText } from './matrix/root.ts';
import {
  type Deployment,
  hasAccount,
  startDeployment,
  USERS,
  type UserName,
} from './matrix/users.ts';
import { CHANGE, draftOf, KINDS, POST, textOf } from './matrix/writes.ts';

/** A private channel that the patterns `team.*` match. Its one member is the account. */
const PRIVATE = 'team.roster';
const LIVE = `live ${mark(PRIVATE)}`;

/**
 * How each user finds the private channel: it reads there, finds what a channel that does not exist has,
 * or is refused by its patterns, as in every channel.
 */
const READS: Record<UserName, 'reads' | 'hidden' | 'refused'> = {
  guest: 'refused',
  reader: 'reads',
  writer: 'refused',
  member: 'reads',
  admin: 'reads',
  account: 'reads',
  person: 'hidden',
  ticket: 'reads',
  provider: 'hidden',
};
const FOUND = { reads: 'read', hidden: 'not there', refused: 'refused' };
/** The users whose patterns for posting match it. */
const POSTS: UserName[] = ['writer', 'admin'];
const NAMES = Object.keys(USERS) as UserName[];

const stack = new AsyncDisposableStack();
let deployment: Deployment;
let past = '';

before(async () => {
  deployment = stack.use(await startDeployment());
  const { headers } = await deployment.user('admin').show();
  const at = `${deployment.parley.url}/chat/${PRIVATE}`;
  assert.equal((await ask('PUT', `${at}/access`, headers, { private: true })).status, 200);
  assert.equal((await ask('PUT', `${at}/members/account`, headers)).status, 204);
  past = String((await postText(deployment, PRIVATE, 'first')).id);
  await postText(deployment, PRIVATE, 'second');
});
after(() => stack.disposeAsync());

function assertFound(name: UserName, way: string, reading: Reading): void {
  assert.equal(reading.allowed, READS[name] !== 'refused', `${name} ${way}`);
  if (reading.allowed || reading.status === undefined) return;
  assert.equal(reading.status, name === 'guest' ? 401 : 403, `${name} ${way}`);
}

for (const name of NAMES) {
  test(`${name}: a private channel is ${FOUND[READS[name]]} on every way`, async () => {
    const user = deployment.user(name);
    const { url } = deployment.parley;
    using open = new DisposableStack();
    const readings: Reading[] = [];
    for (const [way, requestOf] of Object.entries(ANSWERS)) {
      if (name === 'ticket') continue;
      const request = requestOf(PRIVATE);
      const reading = open.use(await readAnswer(url, request, await user.show()));
      const absent = requestOf('team.absent');
      using nothing = await readAnswer(url, absent, await user.show());
      if (READS[name] === 'hidden') assert.equal(reading.status, nothing.status, way);
      else assertFound(name, way, reading);
      const hasTexts = READS[name] === 'reads' && request.hasTexts !== false;
      if (way !== 'presence') assert.equal(reading.text().includes(mark(PRIVATE)), hasTexts, way);
    }
    for (const [way, streamOf] of Object.entries(STREAMS)) {
      const stream = { url, channel: PRIVATE, stream: streamOf(past) };
      readings.push(
        open.use(await readSse(stream, user)),
        open.use(await readSocket(stream, user)),
      );
      for (const reading of readings.slice(-2)) assertFound(name, way, reading);
    }
    for (const channels of [['**'], ['team.*'], ['team.r*']]) {
      const reading = open.use(await readMany(url, channels, user));
      if (reading.allowed) readings.push(reading);
    }
    const topics = [
      `chat/events/${PRIVATE}`,
      'chat/events/#',
      'chat/#',
      `chat/private/events/${PRIVATE}`,
    ];
    const devices = await Promise.all(
      topics.map(async (topic) => open.use(await readTopic(deployment, user, topic))),
    );
    await postAll(deployment, PRIVATE, 'live');
    await postAll(deployment, 'team.red', 'live');
    for (const reading of readings.filter(({ allowed }) => allowed)) {
      if (READS[name] !== 'reads') continue;
      for (const text of [LIVE, `event ${LIVE}`, `signal ${LIVE}`])
        await until(`${name} has ${text}`, () => reading.text().includes(text));
    }
    const hidden = READS[name] === 'reads' ? devices : [...devices, ...readings];
    for (const reading of hidden)
      assert.ok(!reading.text().includes(`live ${mark(PRIVATE)}`), name);
  });
}

for (const name of NAMES) {
  test(`${name}: posts into a private channel and changes it within its rights only`, async () => {
    const user = deployment.user(name);
    const attempt = { deployment, user, channel: PRIVATE, seq: 1 };
    const isPoster = POSTS.includes(name);
    for (const [way, { send, transport }] of Object.entries(POST)) {
      if (name === 'ticket' && transport !== 'WebSocket') continue;
      for (const kind of KINDS) {
        const text = `${name}: ${kind} by ${way}`;
        const mayUse = isPoster && (way !== 'webSocket' || READS[name] === 'reads');
        const outcome = await send(attempt, draftOf(user, kind, text));
        assert.equal([201, 202, 'stored'].includes(outcome), mayUse, `${text}: ${outcome}`);
      }
    }
    if (name === 'ticket') return;
    const refused = name === 'guest' ? 401 : 403;
    assert.equal(await CHANGE.vote?.(attempt), isPoster ? 200 : refused);
    const { headers } = await user.show();
    const at = `${deployment.parley.url}/chat/${PRIVATE}`;
    const access = await ask('GET', `${at}/access`, headers);
    const mayRead = READS[name] === 'reads';
    const unread = READS[name] === 'hidden' ? 404 : refused;
    assert.equal(access.status, mayRead ? 200 : unread, 'access');
    for (const [method, path, body] of [
      ['PUT', '/access', { private: true }],
      ['PUT', '/members/account', undefined],
      ['DELETE', '/members/muted', undefined],
    ] as const) {
      const { status } = await ask(method, at + path, headers, body);
      const changed = method === 'PUT' && path === '/access' ? 200 : 204;
      assert.equal(status, name === 'admin' ? changed : refused, `${method} ${path}`);
    }
    assert.ok(!(await logOf(deployment, PRIVATE)).map(textOf).includes('x'));
  });
}

for (const name of NAMES.filter((one) => one !== 'ticket')) {
  test(`${name}: has a read position in a private channel only as its member`, async () => {
    const { headers } = await deployment.user(name).show();
    const markIn = async (at: string) => {
      const url = `${deployment.parley.url}${at}/read`;
      const marked = await ask('PUT', url, headers, { seq: 1 });
      const found = await ask('GET', url, headers);
      return [marked, found].map(({ status, body }) => [status, body?.seq, body?.code]);
    };
    const absent = await markIn('/chat/team.absent');
    for (const prefix of ['/chat', '/api/chat']) {
      const found = await markIn(`${prefix}/${PRIVATE}`);
      const isMember = hasAccount(name) && READS[name] === 'reads';
      if (isMember) assert.deepEqual(found, Array(2).fill([200, 1, undefined]));
      else assert.deepEqual(found, absent);
      if (!hasAccount(name)) assert.equal(found[0]?.[0], name === 'guest' ? 401 : 403);
    }
  });
}

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.parley.end('SIGTERM'), 0);
});

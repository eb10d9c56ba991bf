import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeRenewal, instanceOf } from '@parley/contract/accounts/renewal.ts';
import { renewalsTopic } from '@parley/contract/channels/topic.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { until } from '@parley/testkit/until.ts';
import type { MqttClient } from 'mqtt';
import { connectPart } from './matrix/mqtt-reads.ts';
import { mark, type Reading, readMany, readSocket } from './matrix/reads.ts';
import { assertNoLeak, logOf, postAll, postText, watch } from './matrix/root.ts';
import {
  CHANNELS,
  type Deployment,
  startDeployment,
  USERS,
  type User,
  type UserName,
} from './matrix/users.ts';
import {
  draftOf,
  type Line,
  type PostAnswer,
  postAlone,
  postBatch,
  textOf,
} from './matrix/writes.ts';

const stack = new AsyncDisposableStack();
let deployment: Deployment;
let part: MqttClient;
/** A stream of every channel, also of later ones. */
let everything: Reading;

const NAMES = Object.keys(USERS) as UserName[];
const KINDS = ['', 'event ', 'signal '];

before(async () => {
  deployment = stack.use(await startDeployment());
  part = await connectPart(deployment);
  stack.defer(() => part.endAsync(true));
  for (const channel of CHANNELS) await postAll(deployment, channel, 'past');
  everything = stack.use(await watch(deployment, '?channel=**'));
});
after(() => stack.disposeAsync());

const arrives = (reading: Reading, text: string) =>
  until(`a stream has ${text}`, () => reading.text().includes(text));

/** Posts all kinds to every channel and to `others`; resolves when root's stream has them. */
async function postEverywhere(text: string, others: string[] = []): Promise<void> {
  for (const channel of [...others, ...CHANNELS]) {
    await postText(deployment, channel, `first ${text}`);
    await arrives(everything, `first ${text} ${mark(channel)}`);
    await postAll(deployment, channel, text);
    for (const kind of KINDS) await arrives(everything, `${kind}${text} ${mark(channel)}`);
  }
}

/** Opens streams by names and by patterns, and a WebSocket that subscribes to every channel. */
async function openMany(user: User, open: DisposableStack) {
  const { url } = deployment.parley;
  const lists = [user.reads, ['**'], ['team.**', 'lobby*'], ['*', 'team.*', 'team.*.*']];
  const readings: { reading: Reading; hasPattern: boolean }[] = [];
  for (const channels of lists.filter((list) => list.length > 0)) {
    const reading = open.use(await readMany(url, channels, user));
    assert.equal(reading.status, user.name === 'guest' ? 401 : 200, channels.join());
    if (reading.allowed) readings.push({ reading, hasPattern: channels !== user.reads });
  }
  const socket = open.use(await readSocket({ url, stream: { query: '' } }, user));
  assert.equal(socket.allowed, user.name !== 'guest');
  if (!socket.allowed) return readings;
  const { socket: client } = socket;
  for (const channel of CHANNELS) client.send({ type: 'subscribe', channel, last: 100 });
  const settled = () => client.answers('subscribed').length + client.answers('error').length;
  await until('every channel is answered', () => settled() === CHANNELS.length);
  const subscribed = client.answers('subscribed').map(({ channel }) => channel);
  assert.deepEqual(subscribed.toSorted(), user.reads.toSorted());
  return [...readings, { reading: socket, hasPattern: false }];
}

/** Renews a stream with a token of the user that has fewer rights. */
async function renew(reading: Reading, token: string): Promise<void> {
  const [, stream = ''] = /"stream":"([^"]+)"/.exec(reading.text()) ?? [];
  const topic = renewalsTopic(instanceOf(stream) ?? '');
  await part.publishAsync(topic, encodeRenewal({ stream, token }), { qos: 1 });
}

for (const name of NAMES) {
  test(`${name}: streams of several channels have those that the user may read, also later ones, until the right ends`, async () => {
    const user = deployment.user(name);
    using open = new DisposableStack();
    const forbidden = open.use(await readMany(deployment.parley.url, CHANNELS, user));
    assert.equal(forbidden.status, name === 'guest' ? 401 : 403);
    const readings = await openMany(user, open);
    const [later, hidden] = [`team.later-${name}`, `team.red.later-${name}`];
    await postEverywhere(`live for ${name}`, [later, hidden]);
    for (const { reading, hasPattern } of readings) {
      for (const channel of user.reads) {
        for (const kind of KINDS)
          await arrives(reading, `${kind}live for ${name} ${mark(channel)}`);
        for (const kind of ['', 'event ']) await arrives(reading, `${kind}past ${mark(channel)}`);
      }
      if (hasPattern && user.reads.length > 0)
        for (const kind of ['first ', 'event '])
          await arrives(reading, `${kind}live for ${name} ${mark(later)}`);
      else assert.ok(!reading.text().includes(later));
    }
    if (user.reads.length > 0) await endRights(user, readings);
    for (const { reading } of readings) {
      assertNoLeak(user, 'many', reading.text());
      assert.ok(!reading.text().includes(hidden), reading.text());
      assert.ok(!reading.text().includes('signal past'), reading.text());
    }
  });
}

/** Ends the right to `team.blue` and to later channels; the streams go on with `team.red`. */
async function endRights(user: User, readings: { reading: Reading }[]): Promise<void> {
  const text = `after the right of ${user.name}`;
  for (const { reading } of readings) {
    await renew(reading, user.laterToken);
    await until('it leaves the channel out', () =>
      /"channel":"team\.blue","reason":"forbidden"/.test(reading.text()),
    );
  }
  const again = `team.again-${user.name}`;
  await postEverywhere(text, [again]);
  for (const { reading } of readings) {
    for (const kind of KINDS) await arrives(reading, `${kind}${text} ${mark('team.red')}`);
    for (const channel of ['team.blue', `team.later-${user.name}`, again])
      assert.ok(!reading.text().includes(`${text} ${mark(channel)}`), reading.text());
  }
}

/** The key of a message that root has posted to every channel. */
const keyOfRoot = (name: string) => `of-root-${name}`;

/** A message, a typed event, and a message with the key of another user's, for each channel. */
function linesOf(user: User, way: string, channels: string[]): Line[] {
  const text = (channel: string, kind: string) => `${user.name}: ${kind} ${way} ${mark(channel)}`;
  return channels.flatMap((channel) => [
    { channel, fields: draftOf(user, 'message', text(channel, 'message')) },
    { channel, fields: draftOf(user, 'event', text(channel, 'event')) },
    { channel, fields: draftOf(user, 'message', 'a guess'), key: keyOfRoot(user.name) },
  ]);
}

for (const name of NAMES.filter((name) => name !== 'ticket')) {
  test(`${name}: a batch stores the lines of the user's channels, and refuses each other one like the post alone`, async () => {
    const user = deployment.user(name);
    const root = { show: async () => ({ headers: deployment.root(), query: '' }) };
    for (const channel of CHANNELS) {
      const fields = { username: 'root', message: `secret of root ${mark(channel)}` };
      const post = { channel, fields, key: keyOfRoot(name) };
      assert.equal((await postAlone({ deployment, user: root }, post)).status, 201);
    }
    const absent = [`absent-${name}`, `team.red.absent-${name}`];
    const channels = [...CHANNELS, ...absent];
    const lines = linesOf(user, 'in a batch', channels);
    const answers = await postBatch({ deployment, user }, lines);
    assert.equal(answers.length, lines.length);
    const refused = name === 'guest' ? 401 : 403;
    const refusals = new Set<string>();
    for (const [i, line] of linesOf(user, 'alone', channels).entries()) {
      const answer = answers[i] as PostAnswer;
      const { channel, key } = line;
      const expected = await postAlone({ deployment, user }, line);
      assertAlike(answer, expected);
      const allowed = key === undefined ? 201 : 422;
      assert.equal(answer.status, user.posts.includes(channel) ? allowed : refused, channel);
      if (answer.status === refused)
        refusals.add(JSON.stringify(answer).replaceAll(channel, 'its channel'));
    }
    // A refusal does not reveal whether the channel exists.
    assert.equal(refusals.size, 1);
    for (const channel of channels) {
      const stored = (await logOf(deployment, channel)).map(textOf);
      const sent = lines.filter((line) => line.channel === channel && line.key === undefined);
      const expected = sent.map(({ fields }) => fields.message ?? fields.data);
      assert.deepEqual(
        stored.filter((text) => text.startsWith(`${name}: `) && text.includes('in a batch')),
        user.posts.includes(channel) ? expected : [],
      );
    }
    for (const channel of absent) assert.equal(await epochOf(channel), null);
  });
}

/** A line of a batch is answered like the post alone; a refusal repeats no text of a channel. */
function assertAlike(answer: PostAnswer, alone: PostAnswer): void {
  if (answer.status !== 201) {
    assert.deepEqual(answer, alone);
    assert.ok(!JSON.stringify(answer).includes('['));
    return;
  }
  const { status, channel, username, type } = answer;
  assert.deepEqual(
    { status, channel, username, type },
    { status: alone.status, channel: alone.channel, username: alone.username, type: alone.type },
  );
}

/** The epoch of a channel; null if it does not exist. */
async function epochOf(channel: string): Promise<unknown> {
  const url = `${deployment.parley.url}/chat/${channel}/events`;
  return (await ask('GET', url, deployment.root())).body?.epoch;
}

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.parley.end('SIGTERM'), 0);
});

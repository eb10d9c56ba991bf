import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Client,
  connect,
  type LogEvent,
  type Renamed,
  type Subscription,
} from '@parley/client';
import { until } from '@parley/testkit/until.ts';
import {
  makePrivate,
  type Client as Person,
  type PrivateDeployment,
  say,
  startPrivate,
} from '../private-channels/deployment.ts';

let parley: PrivateDeployment;
let ada: Person;

before(async () => {
  parley = await startPrivate({ AUTH: 'open' });
  ada = await parley.account();
});
after(() => parley?.[Symbol.asyncDispose]());

function open(person = ada): Client & Disposable {
  const client = connect(parley.url, { token: async () => String(person.token) });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

const rename = async (channel: string, name: string) =>
  assert.equal((await ada.ask('PUT', `/chat/${channel}/name`, { name })).status, 200);

/** What a subscription gets: events as `channel seq`, and renamings. */
function collect(subscription: Subscription): string[] {
  const got: string[] = [];
  subscription.on('*', ({ channel, seq }: LogEvent) => got.push(`${channel} ${seq}`));
  subscription.on('renamed', ({ channel, to }: Renamed) => got.push(`${channel} > ${to}`));
  subscription.on('reset', ({ channel, reason }) => got.push(`${channel} ${reason}`));
  return got;
}

/** A stream with a pattern may bring an event of the new name before the renaming. */
async function hasAll(got: string[], ...expected: string[]): Promise<void> {
  await until(`${expected} come`, () => got.length >= expected.length).catch(() => undefined);
  assert.deepEqual(got.toSorted(), expected.toSorted());
}

async function has(got: string[], ...expected: string[]): Promise<void> {
  await until(`${expected} come`, () => got.length >= expected.length).catch(() => undefined);
  assert.deepEqual(got, expected);
}

for (const side of ['public', 'private']) {
  test(`a ${side} channel that is renamed goes on under its new name`, async () => {
    const [from, to, third] = ['a', 'b', 'c'].map((word) => `${side}.${word}`) as [
      string,
      string,
      string,
    ];
    if (side === 'private') await makePrivate(from, ada);
    await say(from, ada, 'one');
    using client = open();
    using other = open();
    const channel = client.channel(from, { last: 10 });
    const got = collect(channel);
    const matching = collect(other.pattern(`${side}.*`, { last: 10 }));
    await has(got, `${from} 1`);
    await has(matching, `${from} 1`);
    await say(from, ada, 'two');
    await has(got, `${from} 1`, `${from} 2`);
    await rename(from, to);
    await say(to, ada, 'three');
    await channel.send('four');
    const expected = [`${from} 1`, `${from} 2`, `${from} > ${to}`, `${to} 3`, `${to} 4`];
    await has(got, ...expected);
    await hasAll(matching, ...expected);
    assert.equal(channel.name, to);
    assert.ok(client.has(to) && !client.has(from));
    await rename(to, third);
    await client.channel(third).send('five');
    await has(got, ...expected, `${to} > ${third}`, `${third} 5`);
    await hasAll(matching, ...expected, `${to} > ${third}`, `${third} 5`);
  });
}

test('a channel that began while its stream was open goes on under its new name', async () => {
  using client = open();
  const channel = client.channel('young', { last: 10 });
  const got = collect(channel);
  await until('it is live', () => client.state === 'live');
  await say('young', ada, 'one');
  await has(got, 'young 1');
  await rename('young', 'grown');
  await say('grown', ada, 'two');
  await has(got, 'young 1', 'young > grown', 'grown 2');
});

test('an old name leads to the channel, and a post to it is stored once', async () => {
  await say('old', ada, 'one');
  await rename('old', 'new');
  using client = open();
  const posted = await client.channel('old').send('two');
  assert.deepEqual([posted.channel, posted.seq], ['new', 2]);
  const channel = client.channel('old', { last: 10 });
  const got = collect(channel);
  await has(got, 'old > new', 'new 1', 'new 2');
  assert.equal(channel.name, 'new');
});

test('a listener can end the subscription in place of following', async () => {
  await say('left', ada, 'one');
  using client = open();
  const channel = client.channel('left', { last: 10 });
  const got = collect(channel);
  channel.on('renamed', () => channel.close());
  await has(got, 'left 1');
  await rename('left', 'right');
  await has(got, 'left 1', 'left > right');
  assert.ok(!client.has('left') && !client.has('right'));
  await has(collect(client.channel('right', { last: 10 })), 'right 1');
});

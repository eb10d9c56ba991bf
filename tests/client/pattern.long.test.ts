import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type LogEvent, type Presence } from '@parley/client';
import { post } from '@parley/testkit/clients/post.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import {
  type Running,
  start,
  startBare,
  startStandalone,
} from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  parley = await startStandalone(stack, { CANARY_SECONDS: '0' });
});
after(() => stack.disposeAsync());

function open(url = parley.url, options = {}) {
  const client = connect(url, { username: 'ada', ...options });
  stack.defer(() => client.close());
  return client;
}

/** Opens a pattern, and collects what arrives as `channel seq`. */
async function follow(client: ReturnType<typeof connect>, pattern: string, options = {}) {
  const seen: string[] = [];
  const matching = client.pattern(pattern, options);
  matching.on('*', ({ channel, seq }: LogEvent) => seen.push(`${channel} ${seq}`));
  await until('it is live', () => client.state === 'live');
  return { matching, seen };
}

const has = (seen: string[], wanted: string[]) =>
  until(`it has ${wanted}`, () => seen.length >= wanted.length).then(() =>
    assert.deepEqual(seen.toSorted(), wanted.toSorted()),
  );

test('a pattern brings the channels that match now and later, and no other', async () => {
  await post(parley.url, 'now.a', 'old');
  const { seen } = await follow(open(), 'now.*');
  await post(parley.url, 'now.a', 'x');
  await post(parley.url, 'now.later', 'x');
  await post(parley.url, 'now.a.deeper', 'x');
  await post(parley.url, 'elsewhere', 'x');
  await post(parley.url, 'now.later', 'y');
  await has(seen, ['now.a 2', 'now.later 1', 'now.later 2']);
});

test('a pattern begins with the newest events of each channel', async () => {
  for (const channel of ['past.a', 'past.b']) {
    for (let i = 0; i < 3; i++) await post(parley.url, channel, 'x');
  }
  const { seen } = await follow(open(), 'past.*', { last: 2 });
  await has(seen, ['past.a 2', 'past.a 3', 'past.b 2', 'past.b 3']);
});

test('a channel that is read by name and by a pattern arrives in both', async () => {
  const client = open();
  const { seen } = await follow(client, 'both.*');
  const named: number[] = [];
  client.channel('both.a').on('*', ({ seq }) => named.push(seq));
  await client.channel('both.a').send('x');
  await has(seen, ['both.a 1']);
  await until('the channel has it', () => named.length > 0);
  assert.deepEqual(named, [1]);
});

test('a pattern that is added to a live stream does not bring the past', async () => {
  await post(parley.url, 'added.a', 'old');
  const client = open();
  const other: number[] = [];
  client.channel('other').on('*', ({ seq }) => other.push(seq));
  await client.channel('other').send('gives the stream an id');
  await until('the stream has an id', () => other.length === 1);
  const states: string[] = [];
  const matching = client.pattern('added.*');
  const seen: string[] = [];
  matching.on('live', ({ channel }) => states.push(channel));
  matching.on('*', ({ channel, seq }) => seen.push(`${channel} ${seq}`));
  await until('it is live', () => states.includes('added.a'));
  await post(parley.url, 'added.a', 'new');
  await has(seen, ['added.a 2']);
  await client.channel('other').send('still there');
  await until('the other channel goes on', () => other.length === 2);
  assert.deepEqual(other, [1, 2]);
});

test('a killed server costs a pattern nothing, nor a channel that is made meanwhile', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, PORT: String(await freePort()), CANARY_SECONDS: '0' };
  const killed = await startBare('services/standalone', env);
  await post(killed.url, 'out.a', 'old');
  const client = open(killed.url);
  const { seen } = await follow(client, 'out.*');
  await post(killed.url, 'out.a', 'x');
  await has(seen, ['out.a 2']);
  await killed.end('SIGKILL');
  await until('it is noticed', () => client.state === 'reconnecting');
  await using again = await startBare('services/standalone', env);
  for (const channel of ['out.a', 'out.b', 'out.b']) await post(again.url, channel, 'x');
  await has(seen, ['out.a 2', 'out.a 3', 'out.b 1', 'out.b 2']);
});

test('a channel for which there was no space begins from now when it gets space', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, CANARY_SECONDS: '0' };
  await using full = await start('services/standalone', env);
  await using link = await LinkProxy.open([Number(new URL(full.url).port)]);
  for (const text of ['a', 'b', 'c']) await post(full.url, 'old', text);
  for (let i = 0; i < 100; i++) await post(full.url, `later.${i}`, 'x');
  const client = open(`http://127.0.0.1:${link.port}`);
  const { matching, seen } = await follow(client, '**');
  const lives = new Set<string>();
  matching.on('live', ({ channel }) => lives.add(channel));
  await post(full.url, 'old', 'd');
  // The server reads the list of channels again after a moment.
  await until('the stream has the old channel', () => {
    if (client.state === 'live' && !lives.has('old')) link.cut();
    link.heal();
    return lives.has('old');
  });
  await post(full.url, 'old', 'e');
  await has(seen, ['old 5']);
});

test('a pattern does not make its reader present, and presence is whole in each event', async () => {
  await post(parley.url, 'room.a', 'x');
  const client = open();
  await follow(client, 'room.*');
  const heard: Presence[] = [];
  const watcher = open(parley.url, { share: false });
  watcher.channel('room.a').on('presence', (presence) => heard.push(presence));
  await until('it has the presence', () => heard.length > 0);
  assert.deepEqual([heard[0]?.guests, heard[0]?.here], [1, []]);
  client.channel('room.a').on('message', () => undefined);
  await until('the other one came', () => heard.at(-1)?.guests === 2);
  assert.deepEqual(heard.at(-1)?.here, []);
});

test('a channel that only posts opens no stream', async () => {
  const client = open();
  const { seq } = await client.channel('posted').send('x');
  assert.equal(seq, 1);
  assert.equal(client.state, 'idle');
  client.channel('posted').on('message', () => undefined);
  await until('it is live', () => client.state === 'live');
});

test('live comes when all events up to now have arrived, and again after a break', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, PORT: String(await freePort()), CANARY_SECONDS: '0' };
  const killed = await startBare('services/standalone', env);
  for (let i = 0; i < 3; i++) await post(killed.url, 'begin', 'x');
  const client = open(killed.url);
  const seen: (number | string)[] = [];
  const channel = client.channel('begin', { last: 2 });
  channel.on('*', ({ seq }) => seen.push(seq));
  channel.on('live', ({ head }) => seen.push(`live ${head}`));
  await until('it is live', () => seen.length === 3);
  assert.deepEqual(seen, [2, 3, 'live 3']);
  await killed.end('SIGKILL');
  await using again = await startBare('services/standalone', env);
  await post(again.url, 'begin', 'meanwhile');
  const lives = () => seen.filter((one) => typeof one === 'string');
  await until('it is live again', () => lives().length === 2 && seen.includes(4));
  assert.deepEqual(
    seen.filter((one) => typeof one === 'number'),
    [2, 3, 4],
  );
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Client,
  type ConnectOptions,
  connect,
  type LogEvent,
  ParleyError,
} from '@parley/client';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

const stack = new AsyncDisposableStack();
let parley: Running;
let required: Running;
let key: SigningKey;

before(async () => {
  ({ open: parley, required, key } = await startOpenAndRequired(stack));
});
after(() => stack.disposeAsync());

/** The two ways to read a stream: by `fetch`, and by an EventSource. */
const WAYS = { fetch: undefined, EventSource };

function open(url: string, options: ConnectOptions = {}): Client {
  const client = connect(url, { username: 'ada', ...options });
  stack.defer(() => client.close());
  return client;
}

function collect(client: Client, name: string, options = {}): LogEvent[] {
  const events: LogEvent[] = [];
  client.channel(name, options).on('*', (event) => events.push(event));
  return events;
}

const live = (client: Client) => until('the client is live', () => client.state === 'live');
const seqsOf = (events: LogEvent[]) => events.map(({ seq }) => seq);
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

for (const [way, source] of Object.entries(WAYS)) {
  const testBy = (what: string, body: (channel: string) => Promise<void>) =>
    test(`by ${way}: ${what}`, async () => {
      Object.assign(globalThis, { EventSource: source });
      try {
        await body(`${way}-${what.replaceAll(/\W+/g, '-').slice(0, 40)}`);
      } finally {
        Object.assign(globalThis, { EventSource: undefined });
      }
    });

  testBy('messages, typed events, signals and presence arrive under their names', async (name) => {
    const client = open(parley.url);
    const heard: unknown[] = [];
    const channel = client.channel(name);
    channel.on('message', ({ message, username }) => heard.push([username, message]));
    channel.on('order.shipped', ({ data }) => heard.push(data));
    channel.on('signal', ({ type, data }) => heard.push([type, data]));
    const present: number[] = [];
    channel.on('presence', ({ guests }) => present.push(guests));
    await live(client);
    const receipt = await channel.send('hi');
    await channel.emit('order.shipped', { order: 17 });
    await channel.signal('typing', true);
    await until('all have arrived', () => heard.length === 3);
    assert.deepEqual(heard, [['ada', 'hi'], { order: 17 }, ['typing', true]]);
    assert.deepEqual([receipt.seq, channel.position], [1, `${receipt.epoch}:2`]);
    await until('presence has arrived', () => present.includes(1));
    assert.equal((await channel.presence()).guests, 1);
    const { events, head } = await channel.history();
    assert.deepEqual([events.map(({ kind }) => kind), head], [['message', 'event'], 2]);
  });

  testBy('a channel begins with the newest events, after a position, or from now', async (name) => {
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) ids.push((await post(parley.url, name, text)).id);
    const [newest, later, fresh, whole] = [0, 1, 2, 3].map(() => open(parley.url));
    assert.ok(newest && later && fresh && whole);
    const events = [
      collect(newest, name, { last: 2 }),
      collect(later, name, { after: ids[0] }),
      collect(fresh, name),
      collect(whole, name, { after: `${ids[0]?.split(':')[0]}:0` }),
    ];
    await Promise.all([newest, later, fresh, whole].map(live));
    await post(parley.url, name, '4');
    await until('all have arrived', () => events.every((some) => some.at(-1)?.seq === 4));
    assert.deepEqual(events.map(seqsOf), [upTo(4, 2 + 0), upTo(4, 2), [4], upTo(4)]);
  });

  testBy('what a client posts at once is among its own events', async (name) => {
    for (const i of [1, 2, 3, 4, 5]) {
      const client = open(parley.url);
      const events = collect(client, `${name}.${i}`);
      const channel = client.channel(`${name}.${i}`);
      await Promise.all(['a', 'b', 'c'].map((text) => channel.send(text)));
      await until('they arrive', () => events.at(-1)?.seq === 3);
      assert.deepEqual(seqsOf(events), [1, 2, 3]);
    }
  });

  testBy('channels come and go on one connection, and none loses an event', async (name) => {
    const client = open(parley.url);
    const [one, two] = [`${name}.1`, `${name}.2`];
    const first = collect(client, one);
    await live(client);
    for (let i = 0; i < 5; i++) await post(parley.url, one, String(i));
    await post(parley.url, two, 'past');
    const second = collect(client, two, { last: 5 });
    for (let i = 5; i < 10; i++) await post(parley.url, one, String(i));
    await until('the second one has its past', () => second.length === 1);
    client.channel(two).close();
    for (let i = 10; i < 12; i++) await post(parley.url, one, String(i));
    await post(parley.url, two, 'unheard');
    await until('all have arrived', () => first.length >= 12);
    assert.deepEqual([seqsOf(first), seqsOf(second)], [upTo(12), [1]]);
  });

  testBy('a channel that is closed and opened again begins again', async (name) => {
    const client = open(parley.url);
    const first = collect(client, name);
    await live(client);
    for (let i = 0; i < 3; i++) await post(parley.url, name, String(i));
    await until('they arrive', () => first.length === 3);
    client.channel(name).close();
    const again = collect(client, name, { last: 2 });
    await until('the newest come again', () => again.length === 2);
    await post(parley.url, name, 'later');
    await until('later ones follow', () => again.length === 3);
    assert.deepEqual([seqsOf(first), seqsOf(again)], [upTo(3), upTo(4, 2)]);
  });

  testBy(
    'a killed server costs nothing: no event is lost, none comes twice, posts are stored once',
    async (name) => {
      await using folder = await temporaryFolder();
      const port = String(await freePort());
      const env = { DATA_DIR: folder.path, PORT: port, CANARY_SECONDS: '0' };
      const begin = () => startBare('services/standalone', env);
      const killed = await begin();
      const [writer, reader] = [open(killed.url), open(killed.url)];
      const events = collect(reader, name);
      const others = collect(reader, `${name}.2`);
      const states: string[] = [];
      reader.on('state', (state) => states.push(state));
      await live(reader);
      const posts: Promise<unknown>[] = [];
      const say = (count: number) => {
        for (let i = 0; i < count; i++) {
          posts.push(writer.channel(name).send(`m${posts.length}`));
          posts.push(writer.channel(`${name}.2`).emit('tick', posts.length));
        }
      };
      say(20);
      await until('some have arrived', () => events.length > 3);
      await killed.end('SIGKILL');
      say(20);
      await until('the reader has noticed', () => reader.state === 'reconnecting');
      await using again = await begin();
      say(20);
      await Promise.all(posts);
      await until('all have arrived', () => events.length >= 60 && others.length >= 60, 40_000);
      assert.deepEqual([seqsOf(events), seqsOf(others)], [upTo(60), upTo(60)]);
      const texts = events.map((event) => (event.kind === 'message' ? event.message : ''));
      assert.deepEqual(
        texts,
        upTo(60).map((i) => `m${2 * (i - 1)}`),
      );
      assert.deepEqual(states, ['connecting', 'live', 'reconnecting', 'live']);
      assert.equal(reader.state, 'live');
      assert.equal(writer.waiting, 0);
      reader.close();
      writer.close();
      assert.equal(again.url, killed.url);
    },
  );

  testBy('a token is renewed before and after it ends, and nothing is lost', async (name) => {
    let tokens = 0;
    const token = async () => {
      tokens++;
      return key.sign({ sub: 'ada', name: 'ada', publish: ['**'], subscribe: ['**'] }, 3);
    };
    const client = open(required.url, { token });
    const events = collect(client, name);
    await live(client);
    for (let i = 0; i < 8; i++) {
      await client.channel(name).send(String(i));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await until('all have arrived', () => events.length === 8);
    assert.deepEqual(seqsOf(events), upTo(8));
    assert.ok(tokens > 1, `${tokens} tokens`);
  });

  testBy('a token that is refused is replaced', async (name) => {
    const valid = key.sign({ sub: 'ada', name: 'ada', publish: ['**'], subscribe: ['**'] }, 600);
    const tokens = ['nonsense', valid, 'nonsense', valid];
    const client = open(required.url, { token: async () => tokens.shift() ?? valid });
    const events = collect(client, name);
    await live(client);
    await client.channel(name).send('hi');
    await until('it has arrived', () => events.length === 1);
  });

  testBy('what a new channel gets while the connection is down arrives, too', async (name) => {
    const { port } = new URL(parley.url);
    await using link = await LinkProxy.open([Number(port)]);
    const client = open(`http://127.0.0.1:${link.port}`);
    const old = collect(client, name);
    await live(client);
    await post(parley.url, name, '1');
    await until('the first has arrived', () => old.length === 1);
    const added = collect(client, `${name}.new`, { last: 1 });
    await post(parley.url, `${name}.new`, '1');
    await until('the new channel has its first', () => added.length === 1);
    const silent = collect(client, `${name}.silent`);
    const known = () => client.channel(`${name}.silent`).position !== undefined;
    await post(parley.url, `${name}.silent`, 'past');
    await until('the silent channel has begun', () => known() && client.state === 'live');
    link.cut();
    await until('the connection is down', () => client.state === 'reconnecting');
    for (const tail of ['', '.new', '.silent']) await post(parley.url, name + tail, '2');
    link.heal();
    await until('all have arrived', () => [old, added].every(({ length }) => length === 2));
    await until('the silent one has its event', () => silent.at(-1)?.seq === 2);
    assert.deepEqual([seqsOf(old), seqsOf(added)], [upTo(2), upTo(2)]);
  });

  testBy('a channel without the right to read has an error, and the others go on', async (name) => {
    const rights = { sub: 'ada', name: 'ada', publish: ['**'], subscribe: [name] };
    const client = open(required.url, { token: async () => key.sign(rights, 600) });
    const errors: ParleyError[] = [];
    client.channel('secret').on('error', (error) => errors.push(error));
    const events = collect(client, name);
    await until('the error has arrived', () => errors.length === 1);
    assert.ok(errors[0] instanceof ParleyError);
    assert.deepEqual([errors[0].code, errors[0].status], ['forbidden', 403]);
    await live(client);
    await client.channel(name).send('hi');
    await until('the other goes on', () => events.length === 1);
  });
}

test('a refused post rejects with the code, and the next one is stored', async () => {
  const channel = open(parley.url).channel('refusals');
  const posts = [channel.send(''), channel.emit('open'), channel.send('fine')];
  const settled = await Promise.allSettled(posts);
  const codes = settled.map((one) => (one.status === 'rejected' ? one.reason.code : 'stored'));
  assert.deepEqual(codes, ['invalid-message', 'invalid-type', 'stored']);
  await assert.rejects(channel.signal('error'), { code: 'invalid-type', status: 400 });
});

test('a post is what it was when it was made, and a name may have any Unicode form', async () => {
  const client = open(parley.url);
  const events = collect(client, 'Cafe\u0301');
  const data = { order: 17 };
  const posted = client.channel('Caf\u00e9').emit('order.shipped', data);
  data.order = 18;
  await posted;
  await until('it arrives', () => events.length === 1);
  assert.deepEqual(
    events.map((event) => 'data' in event && [event.channel, event.data]),
    [['Caf\u00e9', { order: 17 }]],
  );
});

test('a channel can be iterated, until it is closed', async () => {
  const client = open(parley.url);
  const channel = client.channel('iterated');
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { seq } of channel) seen.push(seq);
  })();
  await live(client);
  for (let i = 0; i < 3; i++) await channel.send(String(i));
  await until('all have arrived', () => seen.length === 3);
  channel.close();
  await reading;
  assert.deepEqual(seen, upTo(3));
});

test('a reader that is too slow gets 10,000 events, then an error, and can go on', async () => {
  const MOST = 10_000;
  const client = open(parley.url);
  const channel = client.channel('slow');
  const reading = channel[Symbol.asyncIterator]();
  const first = reading.next();
  await live(client);
  // The first event is read at once; of the others one more waits than may.
  const last = MOST + 2;
  await channel.send('1');
  const body = `${JSON.stringify({ channel: 'slow', username: 'ada', message: 'x' })}\n`;
  for (let posted = 1; posted < last; posted += 1_000) {
    const lines = body.repeat(Math.min(1_000, last - posted));
    const headers = { 'Content-Type': 'application/x-ndjson' };
    await (await fetch(`${parley.url}/chat`, { method: 'POST', headers, body: lines })).text();
  }
  await until('all have arrived', () => String(channel.position).endsWith(`:${last}`));
  const seqs = [(await first).value?.seq];
  for (let i = 0; i < MOST; i++) seqs.push((await reading.next()).value?.seq);
  assert.deepEqual(seqs, upTo(MOST + 1));
  await assert.rejects(reading.next(), { code: 'reader-too-slow' });
  const { epoch } = await channel.history({ limit: 1 });
  channel.close();
  for await (const { seq } of client.channel('slow', { after: `${epoch}:${MOST + 1}` })) {
    assert.equal(seq, last);
    break;
  }
});

test('a handler that throws stops no other handler', async () => {
  const client = open(parley.url);
  const channel = client.channel('throwing');
  const thrown: unknown[] = [];
  Object.assign(globalThis, { reportError: (error: unknown) => thrown.push(error) });
  channel.on('message', () => {
    throw new Error('of a handler');
  });
  const seen = collect(client, 'throwing');
  await live(client);
  await channel.send('hi');
  await until('both were called', () => seen.length === 1 && thrown.length === 1);
});

test('closing the client rejects the posts that wait', async () => {
  const client = open(`http://127.0.0.1:${await freePort()}`);
  const waiting = client.channel('away').send('hi');
  assert.equal(client.waiting, 1);
  client.close();
  await assert.rejects(waiting, { code: 'closed' });
  assert.equal(client.state, 'closed');
});

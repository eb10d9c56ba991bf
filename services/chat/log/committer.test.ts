import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openBus } from '@parley/kit/bus/bus.ts';
import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { Aedes } from 'aedes';
import { openChatMetrics } from '../metrics.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { MessageDraft } from '../store/store.ts';
import { Committer } from './committer.ts';
import { Publisher } from './publisher.ts';

const SILENT = { logLevel: 'silent', logFormat: 'json' };

/** A committer on a real store. Without `mqttUrl` its broker cannot be reached. */
async function open(
  t: TestContext,
  { mqttUrl = 'mqtt://127.0.0.1:1', mqttGroups = 'auto' as BusConfig['mqttGroups'] } = {},
) {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const folder = mkdtempSync(join(tmpdir(), 'parley-committer-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const [log, metrics] = [await openLog(SILENT, 'test'), new Metrics()];
  const store = stack.use(await openSqliteStore(`${folder}/log.db`));
  const bus = stack.use(
    openBus(
      { mqttUrl, mqttCaFile: '', mqttDots: 'plain', mqttGroups },
      { part: 'chat', log, metrics },
    ),
  );
  const counted = openChatMetrics(metrics);
  const publisher = new Publisher(bus, { log, metrics: counted });
  const committer = new Committer({ store, publisher, log, metrics: counted });
  return { bus, store, committer, commits: () => commits(counted) };
}

/** The number of transactions, and the number of posts in them. */
async function commits({ commitSize }: ReturnType<typeof openChatMetrics>) {
  const { values } = await commitSize.get();
  const value = (end: string) => values.find(({ metricName }) => metricName?.endsWith(end))?.value;
  return { transactions: value('_count') ?? 0, posts: value('_sum') ?? 0 };
}

function messageDraft(message: string, more: Partial<MessageDraft> = {}): MessageDraft {
  const common = { kind: 'message', channel: 'general', username: 'omri', author: null } as const;
  return { ...common, message, server: 'chat-1', at: 0, ...more };
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const WHOLE = { channel: 'general', after: 0, before: 1e6, limit: 1000, newest: false };

test('posts at once are stored in few transactions, each answered with its own event', async (t) => {
  const { committer, commits } = await open(t);
  const stored = await Promise.all(upTo(600).map((i) => committer.append(messageDraft(`m${i}`))));
  assert.deepEqual(
    stored.map(({ event }) => [event.seq, event.message]),
    upTo(600).map((i) => [i, `m${i}`]),
  );
  assert.deepEqual(await commits(), { transactions: 3, posts: 600 });
});

test('posts one after another get a transaction each, and none waits for another', async (t) => {
  const { committer, commits } = await open(t);
  for (const i of upTo(3)) await committer.append(messageDraft(`m${i}`));
  assert.deepEqual(await commits(), { transactions: 3, posts: 3 });
});

test('all posts that arrive during a transaction are stored by the next one', async (t) => {
  const { committer, commits } = await open(t);
  const first = committer.append(messageDraft('first'));
  await new Promise(setImmediate);
  const rest = upTo(50).map((i) => committer.append(messageDraft(`m${i}`)));
  await Promise.all([first, ...rest]);
  assert.deepEqual(await commits(), { transactions: 2, posts: 51 });
});

test('a post with a key of another body is refused, and no other post is', async (t) => {
  const { committer } = await open(t);
  const key = 'k1';
  const [first, again, other, next] = await Promise.allSettled([
    committer.append(messageDraft('hi', { key })),
    committer.append(messageDraft('hi', { key })),
    committer.append(messageDraft('ho', { key })),
    committer.append(messageDraft('next')),
  ]);
  assert.deepEqual(
    [first, again, next].map((x) => (x.status === 'fulfilled' ? x.value.outcome : x.reason)),
    ['stored', 'replayed', 'stored'],
  );
  assert.equal(other.status === 'rejected' && other.reason.code, 'idempotency-mismatch');
});

test('a transaction that fails refuses its posts, stores none, and the next one works', async (t) => {
  const { committer, store } = await open(t);
  const group = [messageDraft('a'), messageDraft('b', { at: Number.NaN }), messageDraft('c')];
  for (const { status, ...rest } of await Promise.allSettled(
    group.map((x) => committer.append(x)),
  )) {
    assert.equal(status, 'rejected');
    const { reason } = rest as PromiseRejectedResult;
    assert.equal(reason.code, 'store-unavailable');
    assert.match(reason.cause.message, /Invalid time value/);
    assert.doesNotMatch(reason.message, /Invalid time value/);
  }
  assert.equal((await committer.append(messageDraft('d'))).event.seq, 1);
  assert.equal((await store.page(WHOLE)).head, 1);
});

test('a slice that fails behind other posts fails whole, so that a repeat keeps its order', async (t) => {
  const { committer, store, commits } = await open(t);
  const slice = {};
  const first = committer.append(messageDraft('first'));
  await new Promise(setImmediate);
  const before = upTo(2).map((i) => committer.append(messageDraft(`before ${i}`)));
  const lines = upTo(256).map((i) =>
    committer.append(messageDraft(`m${i}`, i === 1 ? { at: Number.NaN } : {}), slice),
  );
  const after = committer.append(messageDraft('after'));
  const answers = await Promise.allSettled(lines);
  assert.ok(answers.every(({ status }) => status === 'rejected'));
  await Promise.all([first, ...before, after]);
  assert.equal((await store.page(WHOLE)).head, 4);
  assert.deepEqual(await commits(), { transactions: 4, posts: 260 });
});

test('every post is refused once the store is closed', async (t) => {
  const { committer, store } = await open(t);
  await store[Symbol.asyncDispose]();
  for (const post of upTo(2).map((i) => committer.append(messageDraft(`m${i}`)))) {
    await assert.rejects(post, { code: 'store-unavailable' });
  }
  await assert.rejects(committer.append(messageDraft('later')), { code: 'store-unavailable' });
});

test('with 10,000 waiting posts the next is refused at once, and the waiting posts are stored', async (t) => {
  const { committer, store } = await open(t);
  const waiting = upTo(10_000).map((i) => committer.append(messageDraft(`m${i}`)));
  await assert.rejects(async () => committer.append(messageDraft('too many')), {
    code: 'overloaded',
  });
  await Promise.all(waiting);
  assert.equal((await store.page(WHOLE)).head, 10_000);
  assert.equal((await committer.append(messageDraft('again'))).event.seq, 10_001);
});

test('idle resolves once every accepted post is answered', async (t) => {
  const { committer } = await open(t);
  await committer.idle();
  let answered = 0;
  for (const i of upTo(300)) void committer.append(messageDraft(`m${i}`)).then(() => answered++);
  await committer.idle();
  assert.equal(answered, 300);
});

/** Starts a broker that says nothing of groups; returns its address. */
async function startPlainBroker(t: TestContext): Promise<string> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  t.after(() => aedes.close(() => server.close()));
  await once(server, 'listening');
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('events of one commit and channel are one message with MQTT_GROUPS=on, up to its limit', async (t) => {
  const mqttUrl = await startPlainBroker(t);
  const { bus, committer } = await open(t, { mqttUrl, mqttGroups: 'on' });
  await new Promise<void>((resolve) => bus.onLink(() => resolve()));
  const received: string[] = [];
  for (const channel of ['general', 'other'])
    await bus.subscribe(`chat/events/${channel}`, (lines) => received.push(String(lines)));
  const posts = upTo(80).map((i) =>
    messageDraft('x'.repeat(500), { channel: i % 8 === 0 ? 'other' : 'general' }),
  );
  const stored = await Promise.all(posts.map((post) => committer.append(post)));
  await bus.echo();
  const channelOf = (lines: string) => JSON.parse(lines.split('\n')[0] ?? '').channel;
  assert.deepEqual(received.map(channelOf), ['general', 'other', 'general', 'general']);
  assert.ok(received.every((lines) => lines.length <= 16_384));
  const events = received.flatMap((lines) => lines.split('\n').map((line) => JSON.parse(line)));
  for (const channel of ['general', 'other']) {
    const of = (event: { channel: string }) => event.channel === channel;
    assert.deepEqual(events.filter(of), stored.map(({ event }) => event).filter(of));
  }
});

test('a stored event is published once, in order; a replay is not published', async (t) => {
  const { bus, committer } = await open(t, { mqttUrl: await startPlainBroker(t) });
  await new Promise<void>((resolve) => bus.onLink(() => resolve()));
  const received: unknown[] = [];
  await bus.subscribe('chat/events/general', (json) => received.push(JSON.parse(String(json))));

  const key = 'k1';
  const posts = [
    messageDraft('a', { key }),
    messageDraft('a', { key }),
    messageDraft('b'),
    messageDraft('x', { channel: 'other' }),
  ];
  const stored = await Promise.all(posts.map((post) => committer.append(post)));
  await bus.echo();
  assert.deepEqual(received, [stored[0]?.event, stored[2]?.event]);
});

test('the total text of waiting posts is limited, and storing them makes space again', async (t) => {
  const { committer } = await open(t);
  const long = 'x'.repeat(4_000);
  const kept = upTo(4_000).map(() => committer.append(messageDraft(long)));
  assert.throws(() => committer.append(messageDraft('one more')), { code: 'overloaded' });
  await Promise.all(kept);
  await committer.append(messageDraft('one more'));
});

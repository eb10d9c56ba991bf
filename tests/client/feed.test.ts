import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, startStandalone } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import type { LogEvent, Page } from '../../packages/client/events.ts';
import { Feed, type FeedStart } from '../../packages/client/feed.ts';
import { Feeds } from '../../packages/client/feeds.ts';
import { Http } from '../../packages/client/http.ts';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  parley = await startStandalone(stack, { CANARY_SECONDS: '0' });
});
after(() => stack.disposeAsync());

/** A channel with some messages, and a feed of it. */
async function openFeed(name: string, messages: number, start: FeedStart, fetching = fetch) {
  for (let i = 1; i <= messages; i++) await post(parley.url, name, String(i));
  const answer = await fetch(`${parley.url}/chat/${name}/events?limit=1000`);
  const page = (await answer.json()) as Page;
  const [seqs, resets]: [number[], string[]] = [[], []];
  const feed = new Feed(name, start, {
    http: new Http(new URL(parley.url), { fetch: fetching }),
    deliver: ({ seq }) => seqs.push(seq),
    onReset: ({ reason }) => resets.push(reason),
    onLive: () => undefined,
    onDoubt: () => undefined,
    onError: (error) => assert.fail(error),
  });
  stack.defer(() => feed.close());
  const event = (seq: number) => page.events[seq - 1] as LogEvent;
  const state = { channel: name, epoch: page.epoch, head: page.head };
  return { feed, seqs, resets, state, event };
}

test('a pattern begins with its newest events, also on a stream that resumes for another tab', async () => {
  const { state } = await openFeed('begins', 3, {});
  const seen: string[] = [];
  const feeds = new Feeds(
    'begin*',
    { last: 2 },
    {
      http: new Http(new URL(parley.url)),
      deliver: ({ seq }) => seen.push(`${seq}`),
      onReset: ({ reason }) => seen.push(reason),
      onLive: ({ head }) => seen.push(`live ${head}`),
      onDoubt: () => undefined,
      onError: (error) => assert.fail(error),
    },
  );
  stack.defer(() => feeds.close());
  const [server, stream] = ['s', undefined];
  const [asked, covered] = [new Set(['begin*']), new Set([state.channel])];
  feeds.greet({ server, stream, asked, states: [state], covered, isMore: false });
  await until('the pattern is live', () => seen.includes('live 3'));
  assert.deepEqual(seen, ['2', '3', 'live 3']);
});

test('an event that comes again is dropped', async () => {
  const { feed, seqs, state, event } = await openFeed('again', 3, {});
  feed.greet({ ...state, head: 0 }, false);
  for (const seq of [1, 1, 2, 1, 2, 3, 3]) feed.receive(event(seq));
  assert.deepEqual(seqs, [1, 2, 3]);
  assert.equal(feed.position, `${state.epoch}:3`);
});

test('events that the stream skips are read from the log, in order, while others arrive', async () => {
  const { feed, seqs, state, event } = await openFeed('skipped', 9, {
    after: undefined,
    last: 12,
  });
  feed.greet({ ...state, head: 2 }, false);
  for (const seq of [3, 6, 5, 8]) feed.receive(event(seq));
  await until('all up to 8 have arrived', () => seqs.length >= 8);
  feed.receive(event(9));
  await until('the last one has arrived', () => seqs.length >= 9);
  assert.deepEqual(seqs, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a gap in the stream is filled from the log', async () => {
  const { feed, seqs, state, event } = await openFeed('gap', 4, {});
  feed.greet({ ...state, head: 0 }, false);
  feed.receive(event(1));
  feed.receive(event(4));
  await until('all have arrived', () => seqs.length >= 4);
  assert.deepEqual(seqs, [1, 2, 3, 4]);
});

test('a log that was replaced resets the feed, which goes on from the head', async () => {
  const { feed, seqs, resets, state, event } = await openFeed('replaced', 4, {
    after: 'another:3',
  });
  feed.greet({ ...state, head: 3 }, false);
  feed.receive(event(4));
  assert.deepEqual([resets, seqs], [['epoch'], [4]]);
});

test('a log that is gone resets the feed as such', async () => {
  const { feed, resets, state } = await openFeed('gone', 1, { after: 'another:3' });
  feed.greet({ ...state, epoch: null, head: 0 }, false);
  assert.deepEqual(resets, ['gone']);
});

test('a log that begins after the stream is new from its first event', async () => {
  const { feed, seqs, state, event } = await openFeed('younger', 2, {});
  feed.greet({ ...state, epoch: null, head: 0 }, false);
  await until('the log is found', () => feed.position === `${state.epoch}:2`);
  for (const seq of [1, 2]) feed.receive(event(seq));
  assert.deepEqual(seqs, [1, 2]);
});

test('a renamed channel begins at the head of its log, where the stream does not know it', async () => {
  const { feed, seqs, state } = await openFeed('older', 2, { isRenamed: true });
  feed.greet({ ...state, epoch: null, head: 0 }, false);
  await until('the log is found', () => feed.position === `${state.epoch}:2`);
  assert.deepEqual(seqs, []);
});

test('after a log is gone, a younger one is new from its first event, and each comes once', async () => {
  const { feed, seqs, resets, state, event } = await openFeed('afterwards', 2, {});
  feed.greet({ ...state, epoch: 'old', head: 3 }, false);
  feed.receive({ ...event(1), epoch: 'old', seq: 4 });
  const gone = { ...state, epoch: null, head: 0 };
  feed.reset({ channel: 'afterwards', reason: 'gone' }, gone);
  assert.equal(feed.position, 'old:4');
  await until('the log is found', () => feed.position === `${state.epoch}:2`);
  for (const seq of [1, 2]) feed.receive(event(seq));
  assert.deepEqual([seqs, resets], [[4, 1, 2], ['gone']]);
});

test('a log that the stream does not show is asked for until there is an answer', async () => {
  let failures = 0;
  const { feed, seqs, state } = await openFeed('asked', 2, {}, async (...request) => {
    if (failures++ < 2) throw new Error('no answer');
    return fetch(...request);
  });
  feed.greet({ ...state, epoch: null, head: 0 }, false);
  await until('the log is found', () => feed.position === `${state.epoch}:2`);
  assert.deepEqual(seqs, [1, 2]);
});

test('after a reset of a live stream its next event is the next one of the log', async () => {
  const { feed, seqs, resets, state, event } = await openFeed('reset', 4, {});
  const old = { ...state, epoch: 'old', head: 3 };
  feed.greet(old, false);
  feed.reset({ channel: 'reset', reason: 'epoch' }, old);
  for (const seq of [1, 2, 2, 3]) feed.receive(event(seq));
  assert.deepEqual([resets, seqs], [['epoch'], [1, 2, 3]]);
  assert.equal(feed.position, `${state.epoch}:3`);
});

test('an event of another log resets the feed, when the log was replaced', async () => {
  const { feed, seqs, resets, state, event } = await openFeed('foreign', 4, {});
  feed.greet({ ...state, epoch: 'old', head: 3 }, false);
  feed.receive(event(3));
  await until('it is reset', () => feed.position === `${state.epoch}:4`);
  assert.deepEqual([resets, seqs], [['epoch'], []]);
});

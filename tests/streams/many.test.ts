import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { metric } from '@parley/testkit/metric.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

const stack = new AsyncDisposableStack();
let open: Running;
let required: Running;
let key: SigningKey;

before(async () => {
  ({ open, required, key } = await startOpenAndRequired(stack));
});
after(() => stack.disposeAsync());

const token = (more: object = {}) =>
  key.sign({ sub: 'probe', publish: ['**'], subscribe: ['**'], ...more }, 600);
const bearer = (more: object = {}) => ({ Authorization: `Bearer ${token(more)}` });

/** The stream of some channels; `query` begins with `?channel=`. */
const streamOf = (query: string, { url } = open, headers = {}) =>
  new StreamText(url, query, headers, '/broadcast');

interface Block {
  event: string;
  id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  data: any;
}

/** The complete blocks of a stream's text. */
function blocksOf({ text }: StreamText): Block[] {
  const body = text.slice(0, text.lastIndexOf('\n\n') + 2);
  return body
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      return {
        event: field('event') ?? 'message',
        id: field('id'),
        data: JSON.parse(field('data') ?? ''),
      };
    });
}

/** The messages of a stream, as `channel text`. */
const textsOf = (stream: StreamText) =>
  blocksOf(stream)
    .filter(({ event }) => event === 'message')
    .map(({ data }) => `${data.channel} ${data.message}`);

/** The newest id, as EventSource keeps it. */
const lastId = (stream: StreamText) => blocksOf(stream).findLast(({ id }) => id)?.id ?? '';

const has = (stream: StreamText, text: string) =>
  until(`the stream has ${text}`, () => textsOf(stream).includes(text));

test('one stream has the events of several channels, each with its channel, and hello lists them', async () => {
  await post(open.url, 'a1', 'one');
  using stream = streamOf('?channel=a1&channel=a2&channel=a1&last=5');
  await has(stream, 'a1 one');
  await post(open.url, 'a2', 'two');
  await has(stream, 'a2 two');
  await post(open.url, 'a1', 'three');
  await has(stream, 'a1 three');
  assert.deepEqual(textsOf(stream), ['a1 one', 'a2 two', 'a1 three']);
  const [hello] = blocksOf(stream);
  assert.equal(hello?.event, 'hello');
  const { channels, server, stream: name, ...rest } = hello.data;
  assert.deepEqual(rest, {});
  assert.ok(server && name);
  assert.equal(channels.length, 2);
  assert.match(channels[0].epoch, /^[0-9a-f]{12}$/);
  assert.deepEqual(channels, [
    { channel: 'a1', epoch: channels[0].epoch, head: 1 },
    { channel: 'a2', epoch: null, head: 0 },
  ]);
});

test('any id resumes all channels, each event once', async () => {
  const names = ['b1', 'b2', 'b3'];
  const query = `?${names.map((name) => `channel=${name}`).join('&')}`;
  using first = streamOf(query);
  await first.name();
  for (let i = 1; i <= 4; i++) for (const name of names) await post(open.url, name, String(i));
  await has(first, 'b3 4');
  const all = textsOf(first);
  assert.equal(all.length, 12);
  const ids = blocksOf(first).flatMap(({ id }) => id ?? []);
  assert.equal(new Set(ids).size, 12);
  for (const [i, id] of ids.entries()) {
    using resumed = streamOf(`${query}&lastEventId=${id}`);
    await until('it has the rest', () => textsOf(resumed).length === all.length - i - 1);
    assert.deepEqual(textsOf(resumed).toSorted(), all.slice(i + 1).toSorted());
    using other = streamOf('?channel=b1', open, { 'Last-Event-ID': id });
    const ofOne = all.slice(i + 1).filter((text) => text.startsWith('b1 '));
    await until('it has the rest of one', () => textsOf(other).length === ofOne.length);
    assert.deepEqual(textsOf(other), ofOne);
  }
});

test('a channel that had no event at an id sends all its events to the reader that resumes', async () => {
  const query = '?channel=c1&channel=c2';
  using stream = streamOf(query);
  await stream.name();
  const { message } = await post(open.url, 'c1', 'only');
  await has(stream, `c1 ${message}`);
  const id = lastId(stream);
  await post(open.url, 'c2', 'first');
  using resumed = streamOf(`${query}&lastEventId=${id}`);
  await has(resumed, 'c2 first');
  assert.deepEqual(textsOf(resumed), ['c2 first']);
  const position = (await post(open.url, 'c1', 'more')).id;
  using single = streamOf(`${query}&lastEventId=${position}`);
  await post(open.url, 'c1', 'last');
  await has(single, 'c1 last');
  assert.deepEqual(textsOf(single), ['c1 last']);
});

test('channels that come to match a pattern join by themselves, also while the reader is away', async () => {
  await post(open.url, 'team.red', 'old');
  using stream = streamOf('?channel=team.*&channel=d1&last=1');
  await has(stream, 'team.red old');
  await post(open.url, 'team.blue', 'new');
  await post(open.url, 'team.blue.deep', 'not matched');
  await post(open.url, 'other', 'not matched');
  await has(stream, 'team.blue new');
  const id = lastId(stream);
  await post(open.url, 'team.green', 'meanwhile');
  await post(open.url, 'team.red', 'again');
  using resumed = streamOf(`?channel=team.*&channel=d1&lastEventId=${id}`);
  await until('it has both', () => textsOf(resumed).length === 2);
  assert.deepEqual(textsOf(resumed).toSorted(), ['team.green meanwhile', 'team.red again']);
  await post(open.url, 'd1', 'named');
  await has(resumed, 'd1 named');
  assert.deepEqual(textsOf(stream).slice(0, 2), ['team.red old', 'team.blue new']);
});

test('100 channels with the longest names have an id below 4 KB; 101 are refused', async () => {
  const names = Array.from(
    { length: 101 },
    (_, i) => `${String(i).padStart(3, '0')}${'x'.repeat(61)}`,
  );
  const query = (count: number) =>
    `?${names
      .slice(0, count)
      .map((name) => `channel=${name}`)
      .join('&')}`;
  using stream = streamOf(query(100));
  await stream.name();
  await Promise.all(names.slice(0, 100).map((name) => post(open.url, name, 'hi')));
  await until('all have arrived', () => textsOf(stream).length === 100);
  const id = lastId(stream);
  assert.ok(id.length > 1000 && id.length < 4096, `${id.length} characters`);
  using resumed = streamOf(query(100), open, { 'Last-Event-ID': id });
  await post(open.url, names[99] ?? '', 'last');
  await has(resumed, `${names[99]} last`);
  assert.equal(textsOf(resumed).length, 1);
  const refused = await fetch(`${open.url}/broadcast${query(101)}`);
  assert.equal(refused.status, 400);
  assert.equal(((await refused.json()) as { code: string }).code, 'too-many-channels');
});

test('a channel for which a full stream had no space is not new when it gets space', async () => {
  const names = [...Array.from({ length: 99 }, (_, i) => `room.a.${i}`), 'room.b.0'];
  const postTo = async (...channels: string[]) => {
    const body = channels.map((channel) => `{"channel":"${channel}","message":"hi"}\n`).join('');
    const headers = { ...bearer({ name: 'ada' }), 'Content-Type': 'application/x-ndjson' };
    await fetch(`${required.url}/chat`, { method: 'POST', headers, body });
  };
  await postTo('room.old.0', 'room.old.0', ...names);
  const query = '?channel=room.**&fit=1';
  using stream = streamOf(query, required, bearer());
  await stream.name();
  await postTo('room.a.0');
  await has(stream, 'room.a.0 hi');
  const fewer = bearer({ subscribe: ['room.a.*', 'room.old.*'] });
  const resume = { ...fewer, 'Last-Event-ID': lastId(stream) };
  using resumed = streamOf(query, required, resume);
  await resumed.name();
  await postTo('room.a.1');
  await has(resumed, 'room.a.1 hi');
  assert.deepEqual(textsOf(resumed), ['room.a.1 hi']);
});

test('a stream whose pattern matches more than 100 channels later goes on with those it has', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `full.m${i}`);
  await Promise.all(names.map((name) => post(open.url, name, 'hi')));
  const query = '?channel=full.*&presence=0';
  using stream = streamOf(query);
  await stream.name();
  await post(open.url, 'full.m0', 'heard');
  await has(stream, 'full.m0 heard');
  await post(open.url, 'full.a', 'one too many');
  const left = (stream: StreamText) =>
    blocksOf(stream).flatMap(({ event, data }) => (event === 'reset' ? [data] : []));
  const leftOut = [{ channel: 'full.a', reason: 'too-many-channels' }];
  await until('it is left out', () => left(stream).length > 0);
  assert.deepEqual(left(stream), leftOut);
  await post(open.url, 'full.m99', 'meanwhile');
  await has(stream, 'full.m99 meanwhile');
  const [{ id } = {}] = blocksOf(stream).filter(({ data }) => data.message === 'heard');
  using resumed = streamOf(`${query}&lastEventId=${id}`);
  await has(resumed, 'full.m99 meanwhile');
  const [hello] = blocksOf(resumed);
  const had = hello?.data.channels.map(({ channel }: { channel: string }) => channel);
  assert.deepEqual(had.toSorted(), names.toSorted());
  assert.deepEqual([left(resumed), textsOf(resumed)], [leftOut, ['full.m99 meanwhile']]);
  const begun = await fetch(`${open.url}/broadcast${query}`);
  assert.equal(((await begun.json()) as { code: string }).code, 'too-many-channels');
});

test('with fit=1 a pattern that matches too many channels has the most recently active ones', async () => {
  for (let i = 0; i < 103; i++) await post(open.url, `fit.m${i}`, 'hi');
  await post(open.url, 'fit.m0', 'again');
  // A stream of the pattern may have listed the channels up to two seconds ago.
  const channelsOf = async (query: string) => {
    using stream = streamOf(`?channel=${query}`);
    await stream.name();
    const [hello] = blocksOf(stream);
    assert.deepEqual(
      blocksOf(stream).filter(({ event }) => event === 'reset'),
      [],
    );
    return hello?.data.channels.map(({ channel }: { channel: string }) => channel) as string[];
  };
  const left = ['fit.m1', 'fit.m2', 'fit.m3'];
  await until('the stream has the newest', async () => {
    const names = await channelsOf('fit.*&fit=1');
    return names.length === 100 && left.every((name) => !names.includes(name));
  });
  const named = await channelsOf('fit.m1&channel=fit.*&fit=1');
  assert.deepEqual([named.length, named[0]], [100, 'fit.m1']);
  const refused = await fetch(`${open.url}/broadcast?channel=fit.*`);
  assert.equal(((await refused.json()) as { code: string }).code, 'too-many-channels');
});

test('with presence=named a reader is present in the channels that it names, and in no other', async () => {
  await post(open.url, 'crowd.matched', 'hi');
  using stream = streamOf('?channel=crowd.named&channel=crowd.*&presence=named');
  await stream.name();
  const presences = () =>
    blocksOf(stream).flatMap(({ event, data }) =>
      event === 'presence' ? [`${data.channel} ${data.guests}`] : [],
    );
  await until('it has the presence', () => presences().length > 0);
  const guests = async (channel: string) =>
    (
      (await (await fetch(`${open.url}/broadcast/${channel}/presence`)).json()) as {
        guests: number;
      }
    ).guests;
  assert.deepEqual([await guests('crowd.named'), await guests('crowd.matched')], [1, 0]);
  using other = streamOf('?channel=crowd.named&channel=crowd.matched');
  await other.name();
  await until('the change is announced', () => presences().includes('crowd.named 2'));
  await post(open.url, 'crowd.matched', 'still heard');
  await has(stream, 'crowd.matched still heard');
  assert.deepEqual(presences(), ['crowd.named 1', 'crowd.named 2']);
});

const patterns = (count: number) =>
  `?${Array.from({ length: count }, (_, i) => `channel=p${i}.*`).join('&')}`;

test('a stream may have 10 patterns', async () => {
  using stream = streamOf(`${patterns(10)}&channel=named`);
  await stream.name();
  await post(open.url, 'p9.x', 'hi');
  await has(stream, 'p9.x hi');
});

const REFUSED: [query: string, code: string][] = [
  [patterns(11), 'too-many-channels'],
  ['', 'invalid-query'],
  ['?channel=', 'invalid-channel'],
  ['?channel=a&channel=%00', 'invalid-channel'],
  ['?channel=***', 'invalid-channel'],
  ['?channel=chat', 'reserved-channel'],
  ['?channel=a&presence=1', 'invalid-query'],
  ['?channel=a&last=x', 'invalid-query'],
  ['?channel=a&hello=1', 'invalid-query'],
];

for (const [query, code] of REFUSED) {
  test(`refused as ${code}: ${query}`, async () => {
    const answer = await fetch(`${open.url}/broadcast${query}`);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [400, code],
    );
  });
}

test('an id that cannot be used resets its channels, by name', async () => {
  const { id } = await post(open.url, 'e1', 'one');
  using malformed = streamOf('?channel=e1&channel=e2&lastEventId=nonsense');
  await until(
    'both are reset',
    () => blocksOf(malformed).filter(({ event }) => event === 'reset').length === 2,
  );
  assert.deepEqual(
    blocksOf(malformed)
      .filter(({ event }) => event === 'reset')
      .map(({ data }) => data),
    ['e1', 'e2'].map((channel) => ({
      channel,
      reason: 'malformed',
      history: `/chat/${channel}/events`,
    })),
  );
  const ahead = `${id.split(':')[0]}:9`;
  using beyond = streamOf(`?channel=e1&channel=e2&lastEventId=${ahead}`);
  await until('it is reset', () => blocksOf(beyond).some(({ event }) => event === 'reset'));
  await post(open.url, 'e1', 'two');
  await has(beyond, 'e1 two');
  const resets = blocksOf(beyond).filter(({ event }) => event === 'reset');
  assert.deepEqual(
    resets.map(({ data }) => [data.channel, data.reason]),
    [['e1', 'ahead']],
  );
});

test('a resume counts once for a stream, by its source', async () => {
  const { id } = await post(open.url, 'h1', 'one');
  await post(open.url, 'h2', 'two');
  const resumes = (source: string) => metric(open.url, `parley_resumes_total{source="${source}"}`);
  const sources = ['backlog', 'log', 'reset'];
  const before = await Promise.all(sources.map(resumes));
  const query = '?channel=h1&channel=h2';
  using live = streamOf(query);
  using resumed = streamOf(`${query}&lastEventId=${id}`);
  using newest = streamOf(`${query}&last=1`);
  using malformed = streamOf(`${query}&lastEventId=x`);
  await has(newest, 'h2 two');
  for (const stream of [live, resumed, malformed]) await stream.name();
  await post(open.url, 'h1', 'live');
  for (const stream of [live, resumed, newest, malformed]) await has(stream, 'h1 live');
  const counted = await Promise.all(sources.map(resumes));
  assert.deepEqual(
    counted.map((count, i) => count - (before[i] ?? 0)),
    [2, 0, 1],
  );
});

test('presence names its channel, and ?presence=0 leaves it out', async () => {
  using stream = streamOf('?channel=f1&channel=f2');
  using quiet = streamOf('?channel=f1&channel=f2&presence=0');
  const presences = (one: StreamText) => blocksOf(one).filter(({ event }) => event === 'presence');
  await until(
    'it has both',
    () => new Set(presences(stream).map(({ data }) => data.channel)).size === 2,
  );
  await post(open.url, 'f1', 'hi');
  await has(quiet, 'f1 hi');
  assert.equal(presences(quiet).length, 0);
});

test('rights are checked for each channel, also of patterns and of channels that are made later', async () => {
  const say = (channel: string, message: string) =>
    fetch(`${required.url}/chat/${channel}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...bearer() },
      body: JSON.stringify({ username: 'ada', message }),
    });
  await say('team.red', 'red');
  await say('team.blue', 'blue');
  const rights = { subscribe: ['team.red', 'team.new', 'lobby'] };
  const refused = await fetch(`${required.url}/broadcast?channel=lobby&channel=team.blue`, {
    headers: bearer(rights),
  });
  assert.equal(refused.status, 403);
  assert.equal((await fetch(`${required.url}/broadcast?channel=lobby`)).status, 401);
  using stream = streamOf('?channel=**&last=9', required, bearer(rights));
  await has(stream, 'team.red red');
  await say('team.secret', 'secret');
  await say('team.new', 'new');
  await has(stream, 'team.new new');
  assert.deepEqual(textsOf(stream), ['team.red red', 'team.new new']);
  assert.doesNotMatch(stream.text, /secret|blue/);
});

test('a stream begins with hello, also when its token has just expired', async () => {
  const ended = key.sign({ sub: 'probe', publish: [], subscribe: ['**'] }, -2);
  for (const query of ['?channel=late1', '?channel=late1&channel=late2']) {
    using stream = streamOf(query, required, { Authorization: `Bearer ${ended}` });
    const names = () => blocksOf(stream).map(({ event }) => event);
    await until('it has expired', () => names().includes('expired'));
    assert.equal(names()[0], 'hello');
  }
});

test('EventSource resumes by itself after the connection was cut', async () => {
  const received: string[] = [];
  const source = new EventSource(`${open.url}/broadcast?channel=g1&channel=g2&untyped=1`);
  stack.defer(() => source.close());
  await new Promise((resolve) => source.addEventListener('hello', resolve));
  source.onmessage = ({ data }) => received.push(JSON.parse(data).message);
  for (let i = 0; i < 5; i++) await post(open.url, `g${(i % 2) + 1}`, `m${i}`);
  await until('all have arrived', () => received.length === 5);
  // The order is that of each channel: the first event of one is compared with the log before it is sent.
  const ofChannel = (n: number) => received.filter((text) => Number(text.slice(1)) % 2 === n);
  assert.deepEqual(
    [ofChannel(0), ofChannel(1)],
    [
      ['m0', 'm2', 'm4'],
      ['m1', 'm3'],
    ],
  );
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { type Running, startStandalone } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  parley = await startStandalone(stack, { CANARY_SECONDS: '0' });
});
after(() => stack.disposeAsync());

/** Opens a stream, breaks it after hello, posts two events while it is away, and returns what came. */
async function overBreak(path: string, channel: string): Promise<number[]> {
  await using link = await LinkProxy.open([Number(new URL(parley.url).port)]);
  const source = new EventSource(`http://127.0.0.1:${link.port}${path}`);
  let hellos = 0;
  const seqs: number[] = [];
  source.addEventListener('hello', () => hellos++);
  source.addEventListener('message', ({ data }) => seqs.push(JSON.parse(data).seq));
  try {
    await until('the stream begins', () => hellos === 1);
    link.cut();
    await until('the break is noticed', () => source.readyState !== EventSource.OPEN);
    for (const text of ['meanwhile', 'meanwhile, too']) await post(parley.url, channel, text);
    link.heal();
    await until('the stream begins again', () => hellos === 2);
    const { seq } = await post(parley.url, channel, 'then');
    await until('the newest event comes', () => seqs.includes(seq));
    return seqs;
  } finally {
    source.close();
  }
}

const streamOf = (channel: string) => `/broadcast/${channel}?hello=id`;
const streamOfTwo = (channel: string) => `/broadcast?channel=${channel}&channel=none&hello=id`;
const streamOfMany = (channel: string) => `/broadcast?channel=${channel}&channel=b.*&hello=id`;

for (const [which, pathOf] of Object.entries({ one: streamOf, several: streamOfMany })) {
  test(`with hello=id a stream of ${which} that breaks before its first event misses nothing`, async () => {
    assert.deepEqual(await overBreak(pathOf(`new.${which}`), `new.${which}`), [1, 2, 3]);
    const old = `old.${which}`;
    for (const text of ['past', 'past, too']) await post(parley.url, old, text);
    assert.deepEqual(await overBreak(pathOf(old), old), [3, 4, 5]);
  });
}

test('with hello=id a pattern misses nothing of a channel that is made while it is away', async () => {
  assert.deepEqual(await overBreak(streamOfMany('a'), 'b.made'), [1, 2, 3]);
});

for (const [which, pathOf] of Object.entries({ one: streamOf, several: streamOfTwo })) {
  test(`hello of a stream of ${which} has no id when past events or a reset follow`, async () => {
    const channel = `given.${which}`;
    const { id } = await post(parley.url, channel, 'first');
    await post(parley.url, channel, 'newest');
    for (const [start, follows] of [
      ['last=1', '"message":"newest"'],
      [`lastEventId=${id}`, '"message":"newest"'],
      ['lastEventId=nonsense', '"reason":"malformed"'],
    ] as const) {
      using stream = new StreamText(parley.url, `${pathOf(channel)}&${start}`, {}, '');
      await until('what follows has come', () => stream.text.includes(follows));
      assert.doesNotMatch(stream.text.split('\n\n', 1)[0] ?? '', /^id:/m);
    }
  });
}

test('the position before all events is the whole of each channel, in any log', async () => {
  for (const path of ['/broadcast/whole?', '/broadcast?channel=whole&channel=none&']) {
    await post(parley.url, 'whole', 'hi');
    const seqs = await overBreak(`${path}lastEventId=-:0`, 'whole');
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => i + 1),
    );
  }
});

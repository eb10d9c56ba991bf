import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from '@parley/client';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

const stack = new AsyncDisposableStack();
let parley: Running;
let required: Running;
let key: SigningKey;

/** The requests that a client made, and how many for single channels it made at the same time. */
const asked: string[] = [];
let together = 0;
let most = 0;
const isForOne = (url: string) => url.includes('/events?limit=1');

before(async () => {
  ({ open: parley, required, key } = await startOpenAndRequired(stack));
  const { fetch } = globalThis;
  globalThis.fetch = async (...request) => {
    const url = String(request[0]);
    asked.push(url);
    if (isForOne(url)) most = Math.max(most, ++together);
    return fetch(...request).finally(() => isForOne(url) && together--);
  };
});
after(() => stack.disposeAsync());

for (const [way, source] of Object.entries({ fetch: undefined, EventSource })) {
  test(`by ${way}: of many channels those that may not be read are named`, async () => {
    Object.assign(globalThis, { EventSource: source });
    const rights = { sub: 'ada', name: 'ada', publish: [], subscribe: ['open.*'] };
    const client = connect(required.url, { token: async () => key.sign(rights, 600) });
    stack.defer(() => client.close());
    const refused: string[] = [];
    const names = Array.from({ length: 40 }, (_, i) => `${i % 20 === 7 ? 'shut' : 'open'}.${i}`);
    for (const name of names)
      client.channel(name).on('error', ({ code }) => refused.push(`${name} ${code}`));
    [asked.length, most] = [0, 0];
    await until('the others are live', () => client.state === 'live');
    assert.deepEqual(refused, ['shut.7 forbidden', 'shut.27 forbidden']);
    assert.equal(asked.filter(isForOne).length, names.length);
    assert.ok(most > 1, 'it asks for several at the same time');
  });

  test(`by ${way}: a server that is away is not asked for each channel`, async () => {
    Object.assign(globalThis, { EventSource: source });
    await using link = await LinkProxy.open([Number(new URL(parley.url).port)]);
    const client = connect(`http://127.0.0.1:${link.port}`);
    stack.defer(() => client.close());
    for (const name of ['a', 'b']) client.channel(name).on('message', () => undefined);
    await until('it is live', () => client.state === 'live');
    asked.length = 0;
    link.cut();
    await until('it tries in vain', () => asked.some((url) => url.includes('/broadcast?')));
    link.heal();
    await until('it is live again', () => client.state === 'live');
    assert.deepEqual(asked.filter(isForOne), []);
  });
}

for (const isText of [true, false]) {
  test(`an answer of another program closes no channel, as ${isText ? 'text' : 'JSON'}`, async () => {
    let isAway = true;
    const seen: string[] = [];
    const client = connect(parley.url, {
      fetch: async (...request) =>
        isAway
          ? new Response(isText ? '404 page not found' : '{"message":"none"}', { status: 404 })
          : fetch(...request),
    });
    stack.defer(() => client.close());
    for (const name of ['a', 'b']) {
      client.channel(name).on('error', ({ code }) => seen.push(code));
      client.channel(name).on('live', ({ channel }) => seen.push(channel));
    }
    await until('it has tried', () => seen.includes('unknown'));
    isAway = false;
    await until('both are live', () => seen.includes('a') && seen.includes('b'));
  });
}

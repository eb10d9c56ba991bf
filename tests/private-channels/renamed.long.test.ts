import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from '@parley/testkit/clients/ask.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { open } from '@parley/testkit/databases/log-stores.ts';
import { until } from '@parley/testkit/until.ts';
import { readAs, startDeployment } from '../streams/presence-deployment.ts';
import {
  type Client,
  makePrivate,
  type PrivateDeployment,
  say,
  startPrivate,
} from './deployment.ts';
import { openReaders, publishAsService, reasonsOf } from './readers.ts';

let parley: PrivateDeployment;

before(async () => {
  parley = await startPrivate({ AUTH: 'open' });
});
after(() => parley?.[Symbol.asyncDispose]());

const rename = async (client: Client, channel: string, name: string) =>
  assert.deepEqual(await client.ask('PUT', `/chat/${channel}/name`, { name }), {
    status: 200,
    body: { channel: name, was: channel },
  });

/** Renames a channel so that no notice comes. */
async function renameUnseen(channel: string, name: string): Promise<void> {
  await using store = await open(parley.storeUrl);
  const by = { account: undefined, admin: true };
  const renamed = await store.renaming.rename({ channel, name, by, at: Date.now() });
  assert.deepEqual(renamed, { renamed: true });
}

/** Opens a stream with a pattern, and waits until it has begun. */
async function matching(pattern: string, { headers }: Client): Promise<StreamText> {
  const stream = new StreamText(
    parley.url,
    `?channel=${pattern}&channel=lobby`,
    headers,
    '/broadcast',
  );
  await until('it has begun', () => stream.text.includes('event: presence'));
  return stream;
}

/** The channel and text of each message in a stream, in order of arrival. */
const messagesIn = ({ text }: StreamText) =>
  [...text.matchAll(/^data: (.*"kind":"message".*)$/gm)].map(([, json]) => {
    const { channel, message } = JSON.parse(String(json));
    return `${channel} ${message}`;
  });

const resetsIn = ({ text }: StreamText) =>
  [...text.matchAll(/^event: reset\ndata: (.*)$/gm)].map(([, json]) => JSON.parse(String(json)));

/** Waits for messages of a stream, and that no other comes. */
async function has(stream: StreamText, ...messages: string[]): Promise<void> {
  await until(`${messages} come`, () => messagesIn(stream).length >= messages.length).catch(
    () => undefined,
  );
  assert.deepEqual(messagesIn(stream), messages);
}

test('readers of the old name are reset, and a stream with a pattern goes on under the new one', async () => {
  const ada = await parley.account();
  await say('public-1', ada, 'one');
  const { body } = await ada.ask('GET', '/chat/public-1/events');
  const [old] = (body?.events ?? []) as object[];
  await using read = await openReaders(parley, 'public-1', parley.guest);
  await using waiting = await openReaders(parley, 'public-2', parley.guest);
  using other = await matching('public-2*', parley.guest);
  await say('public-1', ada, 'two');
  await read.sse.received(1);
  await rename(ada, 'public-1', 'public-2');
  const history = '/chat/public-2/events';
  const renamed = { reason: 'renamed', history };
  await until('it is reset', () => read.sse.resets.length > 0);
  assert.deepEqual(read.sse.resets, [{ ...renamed, channel: 'public-2' }]);
  for (const socket of [read.socket, read.several]) await socket.receivedFrame('reset');
  assert.deepEqual(read.socket.answers('reset'), [
    { type: 'reset', ...renamed, channel: 'public-2' },
  ]);
  const moved = { channel: 'public-1', ...renamed, to: 'public-2' };
  assert.deepEqual(read.several.answers('reset'), [{ type: 'reset', ...moved }]);
  for (const stream of [read.named, read.pattern]) {
    await until('it is reset', () => resetsIn(stream).length > 0);
    assert.deepEqual(resetsIn(stream), [moved]);
  }
  // A late event of the old name, and a post to it.
  await publishAsService(parley, 'chat/events/public-1', JSON.stringify(old));
  const { status } = await ada.ask('POST', '/chat/public-1', { message: 'no' });
  assert.equal(status, 409);
  assert.equal(await say('public-2', ada, 'three'), 3);
  await has(read.pattern, 'public-1 two', 'public-2 three');
  await has(other, 'public-2 one', 'public-2 two', 'public-2 three');
  await has(waiting.named, 'public-2 one', 'public-2 two', 'public-2 three');
  for (const { events } of [waiting.sse, waiting.socket, waiting.several]) {
    await until('all come', () => events.length >= 3);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      [1, 2, 3],
    );
  }
  await has(read.named, 'public-1 two');
  for (const { events } of [read.sse, read.socket, read.several])
    assert.deepEqual(
      events.map(({ message }) => message),
      ['two'],
    );
});

test('a reader that may not read the new name only learns that the channel is gone', async () => {
  await using deployment = await startDeployment('required');
  const { chat, left, headersOf } = deployment;
  const headers = headersOf({ sub: 'root', name: 'Root', role: 'admin', publish: ['**'] });
  const at = `${chat.url}/chat/shown`;
  await ask('POST', at, headers, { message: 'one' });
  const one = headersOf({ sub: 'one', name: 'One', subscribe: ['shown', 'lobby'] });
  using reader = new EventReader(left.url, 'shown', '', one);
  using many = new StreamText(left.url, '?channel=shown&channel=lobby', one, '/broadcast');
  await reader.greeted();
  await until('it has begun', () => many.text.includes('event: presence'));
  assert.equal((await ask('PUT', `${at}/name`, headers, { name: 'hidden' })).status, 200);
  await until('it is reset', () => reader.resets.length > 0);
  await until('it is reset', () => resetsIn(many).length > 0);
  assert.deepEqual(reasonsOf([...reader.resets, ...resetsIn(many)]), ['gone', 'gone']);
  assert.ok(!JSON.stringify([reader.resets, many.text]).includes('hidden'));
});

test('a position is valid under the new name', async () => {
  const ada = await parley.account();
  await say('position-1', ada, 'one');
  const { body } = await ada.ask('POST', '/chat/position-1', { message: 'two' });
  using before = new StreamText(parley.url, '?channel=position-1&channel=lobby', {}, '/broadcast');
  await until('it has begun', () => before.text.includes('event: presence'));
  await say('position-1', ada, 'three');
  await has(before, 'position-1 three');
  const id = String(before.text.match(/^id: (.*)$/m)?.[1]);
  await rename(ada, 'position-1', 'position-2');
  using reader = new EventReader(parley.url, 'position-2', `?lastEventId=${body?.id}`);
  await reader.received(1);
  assert.deepEqual(reader.seqs, [3]);
  assert.deepEqual(reader.resets, []);
  using old = new EventReader(parley.url, 'position-1', `?lastEventId=${body?.id}`);
  await until('it is reset', () => old.resets.length > 0);
  const history = '/chat/position-2/events';
  const renamed = { reason: 'renamed', history };
  assert.deepEqual(old.resets, [{ ...renamed, channel: 'position-2' }]);
  const query = `?channel=position-1&channel=lobby&lastEventId=${encodeURIComponent(id)}`;
  using many = new StreamText(parley.url, query, {}, '/broadcast');
  await until('it is reset', () => resetsIn(many).length > 0);
  assert.deepEqual(resetsIn(many), [{ channel: 'position-1', ...renamed, to: 'position-2' }]);
  using fresh = new EventReader(parley.url, 'position-1');
  await until('it is reset', () => fresh.resets.length > 0);
  assert.deepEqual(fresh.resets, old.resets);
});

test('with a name that comes back no reader sees an event twice', async () => {
  const ada = await parley.account();
  await say('back-1', ada, 'one');
  await using read = await openReaders(parley, 'back-1', parley.guest);
  await say('back-1', ada, 'two');
  await read.sse.received(1);
  await rename(ada, 'back-1', 'back-2');
  await until('it is reset', () => read.sse.resets.length > 0);
  await say('back-2', ada, 'three');
  await has(read.pattern, 'back-1 two', 'back-2 three');
  await rename(ada, 'back-2', 'back-1');
  await until('it is reset again', () => read.sse.resets.length > 1);
  assert.deepEqual(reasonsOf(read.sse.resets), ['renamed', 'epoch']);
  await say('back-1', ada, 'four');
  await has(read.named, 'back-1 two', 'back-1 three', 'back-1 four');
  await has(read.pattern, 'back-1 two', 'back-2 three', 'back-1 four');
  for (const { events } of [read.sse, read.socket, read.several]) {
    await until('the last comes', () => events.length >= 2);
    assert.deepEqual(
      events.map(({ message }) => message),
      ['two', 'four'],
    );
  }
});

test('a stream with a pattern loses nothing of a channel whose names come back', async () => {
  const ada = await parley.account();
  await say('round-0', ada, '0');
  await using pattern = await matching('round-*', parley.guest);
  const sent: string[] = [];
  for (let n = 1; n <= 12; n++) {
    const [from, to] = [`round-${(n + 1) % 2}`, `round-${n % 2}`];
    const texts = ['a', 'b', 'c'].map((part) => `${n}${part}`);
    for (const text of texts) await say(from, ada, text);
    sent.push(...texts);
    await rename(ada, from, to);
  }
  await until('all come', () => messagesIn(pattern).length >= sent.length).catch(() => undefined);
  assert.deepEqual(
    messagesIn(pattern).map((line) => line.split(' ')[1]),
    sent,
  );
  assert.ok(!reasonsOf(resetsIn(pattern)).includes('epoch'));
});

test('members read a private channel on under its new name, and outsiders notice nothing', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await makePrivate('private-1', ada, bob);
  await say('private-1', ada, 'one');
  await using read = await openReaders(parley, 'private-1', bob);
  await using outside = await openReaders(parley, 'private-1', parley.guest);
  await using waiting = await openReaders(parley, 'private-2', parley.guest);
  await say('private-1', ada, 'two');
  await read.sse.received(1);
  await rename(ada, 'private-1', 'private-2');
  await say('private-2', ada, 'three');
  await has(read.pattern, 'private-1 two', 'private-2 three');
  await read.several.receivedFrame('reset');
  assert.deepEqual(reasonsOf(read.several.answers('reset')), ['renamed']);
  await read.socket.closed;
  await until('it is reset', () => resetsIn(read.named).length > 0);
  assert.deepEqual(reasonsOf(resetsIn(read.named)), ['renamed']);
  await until('the single stream comes back', () => read.sse.hellos.length > 1);
  assert.equal(read.sse.hellos.at(-1)?.epoch, null);
  await rename(ada, 'private-2', 'private-1');
  await say('private-1', ada, 'four');
  await has(read.pattern, 'private-1 two', 'private-2 three', 'private-1 four');
  await has(read.named, 'private-1 two', 'private-1 three', 'private-1 four');
  await read.sse.received(3);
  assert.deepEqual(read.sse.seqs, [2, 3, 4]);
  for (const { sse, named, pattern } of [outside, waiting]) {
    assert.deepEqual([...sse.resets, ...sse.events], []);
    assert.equal(sse.hellos.length, 1);
    for (const { text } of [named, pattern]) assert.ok(!/reset|private-\d (one|two)/.test(text));
  }
});

test('a renaming whose notice is lost is found', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await say('lost-1', ada, 'one');
  await makePrivate('hidden-1', ada, bob);
  await say('hidden-1', ada, 'one');
  await using read = await openReaders(parley, 'lost-1', parley.guest);
  await using waiting = await openReaders(parley, 'lost-2', parley.guest);
  await using member = await openReaders(parley, 'hidden-1', bob);
  await renameUnseen('lost-1', 'lost-2');
  await renameUnseen('hidden-1', 'hidden-2');
  await until('it is reset', () => read.sse.resets.length > 0);
  assert.deepEqual(reasonsOf(read.sse.resets), ['renamed']);
  await waiting.sse.received(1);
  await say('lost-2', ada, 'two');
  await waiting.sse.received(2);
  assert.deepEqual(waiting.sse.seqs, [1, 2]);
  await until('the pattern finds it', () => messagesIn(read.pattern).length > 0, 20_000);
  await has(read.pattern, 'lost-2 two');
  await say('hidden-2', ada, 'two');
  await until('the pattern finds it', () => messagesIn(member.pattern).length > 0, 20_000);
  await has(member.pattern, 'hidden-2 two');
  assert.deepEqual(reasonsOf(resetsIn(member.pattern)), ['renamed']);
  await member.socket.closed;
  await until('the single stream comes back', () => member.sse.hellos.length > 1);
  assert.equal(member.sse.hellos.at(-1)?.epoch, null);
});

test('the readers of every replica follow', async () => {
  await using deployment = await startDeployment('required');
  const { chat, left, right, headersOf } = deployment;
  const headers = headersOf({ sub: 'root', name: 'Root', role: 'admin', publish: ['**'] });
  const post = (channel: string, message: string) =>
    ask('POST', `${chat.url}/chat/${channel}`, headers, { message });
  await post('first', 'one');
  using first = readAs(deployment, 'ada', left.url, 'first');
  using second = readAs(deployment, 'bob', right.url, 'second');
  await Promise.all([first.greeted(), second.greeted()]);
  const at = `${chat.url}/chat/first/name`;
  assert.equal((await ask('PUT', at, headers, { name: 'second' })).status, 200);
  await post('second', 'two');
  await second.received(2);
  await until('it is reset', () => first.resets.length > 0);
  assert.deepEqual(reasonsOf(first.resets), ['renamed']);
  assert.deepEqual(second.seqs, [1, 2]);
  assert.deepEqual(first.events, []);
});

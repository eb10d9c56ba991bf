import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import { parseEventsPage } from '@parley/contract/events/events-page.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { everyEvent, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

type Headers = Record<string, string>;

const stack = new AsyncDisposableStack();
let parley: Running;
let who: Record<'ada' | 'eve' | 'admin', Headers>;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  const key = tokenKeyFile(folder.path);
  const settings = { DATA_DIR: `${folder.path}/data`, TOKEN_KEY_FILE: key.file };
  parley = stack.use(await start('services/standalone', settings));
  who = {
    ada: key.headersOf('ada'),
    eve: key.headersOf('eve'),
    admin: key.headersOf('root', { role: 'admin' }),
  };
});
after(() => stack.disposeAsync());

const react = (headers: Headers, place: string, emoji: string, method = 'PUT') =>
  ask(method, `${parley.url}/chat/${place}/reactions/${encodeURIComponent(emoji)}`, headers);

/** The messages of a page that the bearer of these headers asks for. */
async function pageOf(channel: string, headers: Headers, query = ''): Promise<ChatMessage[]> {
  const response = await fetch(`${parley.url}/chat/${channel}/events${query}`, { headers });
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const { events } = parseEventsPage(await response.text());
  return events.filter((event): event is ChatMessage => event.kind === 'message');
}

test('a reaction is answered with its count, and a repeat changes nothing', async () => {
  await post(parley.url, 'answers', 'hi');
  const place = 'answers/events/1';
  const thumbs = (count: number) => ({ seq: 1, emoji: '👍', count });
  const steps: [Headers, method: string, emoji: string, body: object][] = [
    [who.ada, 'PUT', '👍', thumbs(1)],
    [who.ada, 'PUT', '👍', thumbs(1)],
    [who.eve, 'PUT', '👍', thumbs(2)],
    [who.eve, 'PUT', '\u2764', { seq: 1, emoji: '\u2764\uFE0F', count: 1 }],
    [who.ada, 'PUT', '\u2764\uFE0F', { seq: 1, emoji: '\u2764\uFE0F', count: 2 }],
    [who.ada, 'DELETE', '👍', thumbs(1)],
    [who.ada, 'DELETE', '👍', thumbs(1)],
    [who.eve, 'DELETE', '👍', thumbs(0)],
    [who.ada, 'PUT', '👩🏽‍🚀', { seq: 1, emoji: '👩🏽‍🚀', count: 1 }],
  ];
  for (const [headers, method, emoji, body] of steps) {
    assert.deepEqual(await react(headers, place, emoji, method), { status: 200, body });
  }
  const events = await everyEvent(parley.url, 'answers');
  assert.deepEqual(
    events.map((event) => event.kind === 'reaction' && [event.ref, event.emoji, event.count]),
    [
      false,
      [1, '👍', 1],
      [1, '👍', 2],
      [1, '❤️', 1],
      [1, '❤️', 2],
      [1, '👍', 1],
      [1, '👍', 0],
      [1, '👩🏽‍🚀', 1],
    ],
  );
});

test('each wrong request gets its own code and changes nothing', async () => {
  await post(parley.url, 'wrong', 'hi');
  await ask('POST', `${parley.url}/chat/wrong`, {}, { username: 'roof', type: 'probe', data: 1 });
  const wrong = ['a', '1', '👍👍', '👍 ', '🇩', 'x'.repeat(1_000), '\u200D', ' '];
  for (const emoji of wrong) {
    const { status, body } = await react(who.ada, 'wrong/events/1', emoji);
    assert.deepEqual([status, body?.code], [400, 'invalid-reaction'], emoji);
  }
  for (const seq of ['0', '2', '99', 'x']) {
    for (const method of ['PUT', 'DELETE']) {
      const { status, body } = await react(who.ada, `wrong/events/${seq}`, '👍', method);
      assert.deepEqual([status, body?.code], [404, 'not-found'], `${method} ${seq}`);
    }
  }
  const malformed = `${parley.url}/chat/wrong/events/1/reactions/%F0%9F`;
  assert.equal((await fetch(malformed, { method: 'PUT', headers: who.ada })).status, 400);
  assert.equal((await react({}, 'wrong/events/1', '👍')).status, 401);
  const get = await fetch(`${parley.url}/chat/wrong/events/1/reactions/x`);
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'PUT, DELETE']);
  assert.equal((await everyEvent(parley.url, 'wrong')).length, 2);
});

test('a message has at most 20 different emoji', async () => {
  await post(parley.url, 'full', 'hi');
  const emojis = Array.from({ length: 21 }, (_, i) => String.fromCodePoint(0x1f600 + i));
  const statuses = [];
  for (const emoji of emojis) statuses.push((await react(who.ada, 'full/events/1', emoji)).status);
  assert.deepEqual(statuses, [...Array(20).fill(200), 409]);
  const { body } = await react(who.eve, 'full/events/1', emojis[20] ?? '');
  assert.equal(body?.code, 'too-many-reactions');
  assert.equal((await react(who.eve, 'full/events/1', emojis[0] ?? '')).status, 200);
});

test('pages have counts in the order of the first use, and for a token its own reactions', async () => {
  await post(parley.url, 'pages', 'one');
  await post(parley.url, 'pages', 'two');
  for (const emoji of ['🎉', '👍']) await react(who.eve, 'pages/events/1', emoji);
  await react(who.ada, 'pages/events/1', '👍');
  await react(who.ada, 'pages/events/2', '🎉');
  const shown = async (headers: Headers, query?: string) =>
    (await pageOf('pages', headers, query)).map(({ reactions, mine }) => [
      JSON.stringify(reactions),
      mine,
    ]);
  const [first, second] = ['{"🎉":1,"👍":2}', '{"🎉":1}'];
  assert.deepEqual(await shown(who.ada), [
    [first, ['👍']],
    [second, ['🎉']],
  ]);
  assert.deepEqual(await shown(who.eve, '?before=9&limit=10'), [
    [first, ['🎉', '👍']],
    [second, undefined],
  ]);
  assert.deepEqual(await shown({}), [
    [first, undefined],
    [second, undefined],
  ]);
});

test('a delete removes the reactions, and a closed channel takes none', async () => {
  const { seq } = await post(parley.url, 'gone', 'hi');
  await react(who.ada, 'gone/events/1', '👍');
  await ask('DELETE', `${parley.url}/chat/gone/events/${seq}`, who.admin);
  const [message] = await pageOf('gone', who.ada);
  assert.deepEqual(
    [message?.deleted, message?.reactions, message?.mine],
    [true, undefined, undefined],
  );
  assert.equal((await react(who.ada, 'gone/events/1', '👍')).status, 404);
  await post(parley.url, 'gone', 'ho');
  await ask('PUT', `${parley.url}/chat/gone/closed`, who.admin);
  const { status, body } = await react(who.ada, 'gone/events/4', '👍');
  assert.deepEqual([status, body?.code], [403, 'channel-closed']);
  assert.equal((await react(who.admin, 'gone/events/4', '👍')).status, 200);
});

test('a reader that resumes has the same counts as one that was there', async () => {
  await post(parley.url, 'live', 'hi');
  using live = new EventReader(parley.url, 'live', '?last=1');
  await live.received(1);
  await react(who.ada, 'live/events/1', '👍');
  await react(who.eve, 'live/events/1', '👍');
  await react(who.ada, 'live/events/1', '👍', 'DELETE');
  await until('all events arrived', () => live.log.length === 4);
  const log = await everyEvent(parley.url, 'live');
  assert.deepEqual(live.log.slice(1), log.slice(1));
  assert.deepEqual((await wholeLog(parley.url, 'live'))[0]?.reactions, { '👍': 1 });
  using resumed = new EventReader(parley.url, 'live', `?lastEventId=${log[0]?.id}`);
  await until('all events arrived again', () => resumed.log.length === 3);
  assert.deepEqual(resumed.log, log.slice(1));
  const counted = await metric(
    parley.url,
    'parley_changes_total{kind="reaction",outcome="stored"}',
  );
  assert.ok(counted >= 3);
});

test('with AUTH=required a token that may not post gets the counts, and none as its own', async () => {
  await using folder = await temporaryFolder();
  const key = tokenKeyFile(folder.path);
  const settings = { DATA_DIR: folder.path, TOKEN_KEY_FILE: key.file, AUTH: 'required' };
  await using closed = await start('services/standalone', settings);
  const [writer, reader] = [key.headersOf('ada'), key.headersOf('ada', { publish: [] })];
  await ask('POST', `${closed.url}/chat/room`, writer, { username: 'ada', message: 'hi' });
  const path = `${closed.url}/chat/room/events/1/reactions/${encodeURIComponent('👍')}`;
  assert.equal((await ask('PUT', path, reader)).status, 403);
  assert.equal((await ask('PUT', path, writer)).status, 200);
  for (const [headers, mine] of [
    [writer, ['👍']],
    [reader, undefined],
  ] as const) {
    const { body } = await ask('GET', `${closed.url}/chat/room/events?limit=1`, headers);
    const [message] = (body?.events ?? []) as ChatMessage[];
    assert.deepEqual([message?.reactions, message?.mine], [{ '👍': 1 }, mine]);
  }
});

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { foldName } from '@parley/contract/accounts/fold.ts';
import { encodeAccessNotice } from '@parley/contract/channels/access.ts';
import { ACCESS_TOPIC } from '@parley/contract/channels/topic.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { open } from '@parley/testkit/databases/log-stores.ts';
import { until } from '@parley/testkit/until.ts';
import { newcomer } from '../accounts/account-deployments.ts';
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
let root: Client;

before(async () => {
  parley = await startPrivate({ AUTH: 'open' });
  root = parley.service({ sub: 'root', role: 'admin' });
});
after(() => parley?.[Symbol.asyncDispose]());

const readers = (channel: string, client: Client) => openReaders(parley, channel, client);
const publish = (topic: string, payload: string) => publishAsService(parley, topic, payload);

const remove = async (channel: string, client = root) =>
  (await client.ask('DELETE', `/chat/${channel}`)).status;

/** Replaces a channel by a new private one without events, which nothing announces. */
async function replace(channel: string, maker: Client, ...members: Client[]): Promise<void> {
  await using store = await open(parley.storeUrl);
  const idOf = async ({ name }: Client) =>
    (await store.accounts.find({ nameKey: foldName(name) }))?.id ?? '';
  const [account = '', ...ids] = await Promise.all([maker, ...members].map(idOf));
  const change = { channel, by: { account, admin: false }, at: Date.now() };
  assert.equal(await store.removal.delete(channel, Date.now()), true);
  assert.deepEqual(await store.access.change({ ...change, private: true }), { changed: 'members' });
  for (const add of ids) await store.access.change({ ...change, add });
}

const GONE = '"reason":"gone"';

test('readers of a deleted channel are reset, and read a later one from its first event', async () => {
  const ada = await parley.account();
  await say('public-1', ada, 'old');
  const { body } = await ada.ask('GET', '/chat/public-1/events');
  const [old] = (body?.events ?? []) as object[];
  await using read = await readers('public-1', parley.guest);
  assert.equal(await remove('public-1'), 204);
  const history = '/chat/public-1/events';
  await until('each is reset', () => read.sse.resets.length > 0);
  assert.deepEqual(read.sse.resets, [{ reason: 'gone', history }]);
  for (const socket of [read.socket, read.several]) {
    await socket.receivedFrame('reset');
    assert.deepEqual(reasonsOf(socket.answers('reset')), ['gone']);
  }
  for (const stream of [read.named, read.pattern])
    await until('each is reset', () => stream.text.includes(GONE));
  // A late event of the deleted log.
  await publish('chat/events/public-1', JSON.stringify(old));
  assert.equal(await say('public-1', ada, 'new'), 1);
  await Promise.all([read.sse.received(1), read.socket.received(1), read.several.received(1)]);
  for (const { events } of [read.sse, read.socket, read.several])
    assert.deepEqual(
      events.map(({ seq, message }) => [seq, message]),
      [[1, 'new']],
    );
  for (const stream of [read.named, read.pattern]) {
    await until('the new event comes', () => stream.text.includes('"new"'));
    assert.equal(stream.text.split('"new"').length, 2);
    assert.ok(!stream.text.includes('"old"'));
  }
});

test('readers that come after a deletion never get a late event of the deleted log', async () => {
  const ada = await parley.account();
  for (const text of ['old', 'old, too']) await say('public-3', ada, text);
  const { body } = await ada.ask('GET', '/chat/public-3/events');
  const late = (body?.events ?? []) as object[];
  assert.equal(await remove('public-3'), 204);
  await using read = await readers('public-3', parley.guest);
  for (const event of late) await publish('chat/events/public-3', JSON.stringify(event));
  assert.equal(await say('public-3', ada, 'new'), 1);
  await publish('chat/events/public-3', JSON.stringify(late[1]));
  assert.equal(await say('public-3', ada, 'new, too'), 2);
  for (const { events } of [read.sse, read.socket, read.several]) {
    await until('both new events come', () => events.length >= 2);
    assert.deepEqual(
      events.map(({ message }) => message),
      ['new', 'new, too'],
    );
  }
  for (const stream of [read.named, read.pattern]) {
    await until('the new event comes', () => stream.text.includes('"new, too"'));
    assert.ok(!stream.text.includes('"old'));
  }
  assert.deepEqual(read.sse.resets, []);
});

test('an old position and an old key are of no log any more', async () => {
  const key = { 'Idempotency-Key': 'k' };
  const post = async () =>
    (
      await fetch(`${parley.url}/chat/positions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...key },
        body: JSON.stringify({ username: 'omri', message: 'hi' }),
      })
    ).json() as Promise<{ id: string; seq: number }>;
  const { id } = await post();
  assert.equal(await remove('positions'), 204);
  using gone = new EventReader(parley.url, 'positions', `?lastEventId=${id}`);
  await until('it is reset', () => gone.resets.length > 0);
  const next = await post();
  assert.equal(next.seq, 1);
  assert.notEqual(next.id, id);
  using other = new EventReader(parley.url, 'positions', `?lastEventId=${id}`);
  await until('it is reset', () => other.resets.length > 0);
  assert.deepEqual(reasonsOf([...gone.resets, ...other.resets]), ['gone', 'epoch']);
});

test('members lose a deleted private channel, and outsiders notice nothing', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await makePrivate('private-1', ada, bob);
  await say('private-1', ada, 'secret');
  await using read = await readers('private-1', bob);
  await using outside = await readers('private-1', parley.guest);
  assert.equal(await remove('private-1'), 204);
  await read.several.receivedFrame('reset');
  assert.deepEqual(reasonsOf(read.several.answers('reset')), ['gone']);
  await read.socket.closed;
  for (const stream of [read.named, read.pattern])
    await until('each is reset', () => stream.text.includes(GONE));
  await until('the single stream comes back', () => read.sse.hellos.length > 1);
  assert.equal(read.sse.hellos.at(-1)?.epoch, null);
  // The name is that of another private channel now.
  const cleo = await parley.account();
  await makePrivate('private-1', cleo, bob);
  await say('private-1', cleo, 'other secret');
  using past = new EventReader(parley.url, 'private-1', '?last=9', bob.headers);
  await past.received(1);
  assert.deepEqual(
    past.events.map(({ message }) => message),
    ['other secret'],
  );
  assert.equal((await ada.ask('GET', '/chat/private-1/access')).status, 404);
  assert.deepEqual(outside.sse.resets, []);
  assert.equal(outside.sse.hellos.length, 1);
  assert.deepEqual(outside.socket.answers('reset'), []);
  for (const { text } of [outside.named, outside.pattern]) assert.ok(!text.includes('reset'));
});

test('nothing of a deleted private channel is there for a new one of that name', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  const [cleo, dan] = [await parley.account(), await parley.account()];
  await makePrivate('private-3', ada, bob, dan);
  await say('private-3', ada, 'secret');
  await using read = await readers('private-3', bob);
  {
    using earlier = new EventReader(parley.url, 'private-3', '?last=9', dan.headers);
    await earlier.received(1);
  }
  await replace('private-3', cleo, dan);
  await publish(ACCESS_TOPIC, encodeAccessNotice({ channel: 'private-3', change: 'deleted' }));
  for (const stream of [read.named, read.pattern])
    await until('it is left out', () => stream.text.includes(GONE));
  using later = new EventReader(parley.url, 'private-3', '?last=9', dan.headers);
  await later.greeted();
  assert.equal(later.hellos[0]?.epoch, null);
  await say('private-3', cleo, 'other secret');
  await later.received(1);
  assert.deepEqual(
    later.events.map(({ message }) => message),
    ['other secret'],
  );
  for (const { text } of [read.named, read.pattern]) {
    assert.equal(text.split(GONE).length, 2);
    assert.ok(!text.includes('other secret'));
  }
});

test('a new private channel without events is found when no notice comes', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await makePrivate('private-4', ada, bob);
  await say('private-4', ada, 'secret');
  await using read = await readers('private-4', bob);
  await replace('private-4', ada, bob);
  await until('it is reset', () => read.sse.resets.length > 0);
  assert.deepEqual(reasonsOf(read.sse.resets), ['gone']);
});

test('a deletion whose notice is lost is found within seconds', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await using store = await open(parley.storeUrl);
  await say('public-2', ada, 'old');
  await makePrivate('private-2', ada, bob);
  await say('private-2', ada, 'secret');
  await using read = await readers('public-2', parley.guest);
  await using member = await readers('private-2', bob);
  for (const channel of ['public-2', 'private-2'])
    assert.equal(await store.removal.delete(channel, Date.now()), true);
  await until('each is reset', () => read.sse.resets.length > 0);
  for (const stream of [read.named, read.pattern])
    await until('each is reset', () => stream.text.includes(GONE));
  assert.deepEqual(reasonsOf(read.sse.resets), ['gone']);
  await member.socket.closed;
  for (const stream of [member.named, member.pattern])
    await until('it is left out', () => stream.text.includes('"forbidden"'));
  await until('the single stream comes back', () => member.sse.hellos.length > 1);
  assert.equal(member.sse.hellos.at(-1)?.epoch, null);
});

test('a channel that was private for a while goes on where its reader was', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  const path = '?channel=hidden&channel=lobby';
  const read = (id?: string) => {
    const headers = { ...bob.headers, ...(id && { 'Last-Event-ID': id }) };
    return new StreamText(parley.url, `${path}${id ? '' : '&last=9'}`, headers, '/broadcast');
  };
  await say('hidden', ada, 'one');
  let id = '';
  {
    using first = read();
    await until('it is read', () => first.text.includes('"one"'));
    id = /^id: (.+)$/m.exec(first.text)?.[1] ?? '';
  }
  await makePrivate('hidden', ada);
  using stream = read(id);
  await until('it is gone', () => stream.text.includes(GONE));
  const change = { private: false };
  assert.equal((await ada.ask('PUT', '/chat/hidden/access', change)).status, 200);
  await say('hidden', ada, 'two');
  await until('it goes on', () => stream.text.includes('"two"'));
  assert.ok(!stream.text.includes('"one"'));
});

test('a member has a private channel again when chat was away for long', async () => {
  await using deployment = await startDeployment('open');
  const { chat, left } = deployment;
  const [ada, bob] = await Promise.all([newcomer(chat.url), newcomer(chat.url)]);
  const act = (method: string, path: string, body?: unknown) =>
    ask(method, `${chat.url}/chat/secret${path}`, bearerHeader(ada.token), body);
  assert.equal((await act('PUT', '/access', { private: true })).status, 200);
  assert.equal((await act('PUT', `/members/${bob.name}`)).status, 204);
  await act('POST', '', { message: 'before' });
  const path = '?channel=secret&channel=lobby&last=1';
  using stream = new StreamText(left.url, path, bearerHeader(bob.token), '/broadcast');
  await until('it is read', () => stream.text.includes('before'));
  process.kill(chat.pid, 'SIGSTOP');
  await until('its readers are cut', () => stream.text.includes('"forbidden"'), 40_000);
  process.kill(chat.pid, 'SIGCONT');
  await until('it is back', () => stream.text.includes('"type":"access"'));
  await act('POST', '', { message: 'after' });
  await until('it is read on', () => stream.text.includes('after'));
  assert.equal(stream.text.split('before').length, 2);
});

test('only administrators delete a channel, and what they do is kept', async () => {
  const ada = await parley.account();
  await say('kept', ada, 'mine');
  assert.deepEqual(
    [await remove('kept', parley.guest), await remove('kept', ada), await remove('kept-not')],
    [401, 403, 404],
  );
  assert.equal((await ada.ask('DELETE', '/chat/no%2Fname')).status, 400);
  assert.equal(await remove('kept'), 204);
  assert.equal(await remove('kept'), 404);
  const { body } = await root.ask('GET', '/audit?before=9007199254740991&limit=1');
  const [entry] = (body?.entries ?? []) as Record<string, unknown>[];
  assert.deepEqual([entry?.act, entry?.channel, entry?.by], ['delete-channel', 'kept', 'root']);
});

test('the rows of a large channel are removed while others post', async () => {
  const lines = Array.from({ length: 1_000 }, (_, i) =>
    JSON.stringify({ channel: 'large', username: 'omri', message: `word ${i}` }),
  ).join('\n');
  const headers = { 'Content-Type': 'application/x-ndjson' };
  for (let i = 0; i < 5; i++) {
    const answer = await fetch(`${parley.url}/chat`, { method: 'POST', headers, body: lines });
    await answer.text();
  }
  const ada = await parley.account();
  assert.equal(await remove('large'), 204);
  const found = await parley.guest.ask('GET', '/search?q=word');
  assert.deepEqual(found.body?.results, []);
  using database = new DatabaseSync(parley.storeUrl.slice('sqlite:'.length));
  const count = database.prepare(
    "SELECT count(*) AS n FROM event JOIN channel ON id = channel_id WHERE name LIKE '/%'",
  );
  const rows = () => Number(count.get()?.n);
  assert.ok(rows() > 0);
  let longest = 0;
  while (rows() > 0) {
    const from = performance.now();
    await say('small', ada, 'hi');
    longest = Math.max(longest, performance.now() - from);
  }
  assert.ok(longest < 3_000, `a post took ${longest} ms`);
});

test('the readers of every replica are reset', async () => {
  await using deployment = await startDeployment('required');
  const { chat, left, right, headersOf } = deployment;
  const headers = headersOf({ sub: 'root', name: 'Root', role: 'admin', publish: ['**'] });
  const at = `${chat.url}/chat/everywhere`;
  const post = async (message: string) => (await ask('POST', at, headers, { message })).body?.seq;
  assert.equal(await post('old'), 1);
  assert.equal(await post('old, too'), 2);
  using first = readAs(deployment, 'ada', left.url, 'everywhere');
  using second = readAs(deployment, 'bob', right.url, 'everywhere');
  await Promise.all([first.greeted(), second.greeted()]);
  assert.equal((await ask('DELETE', at, headers)).status, 204);
  await until('both are reset', () => first.resets.length + second.resets.length === 2);
  assert.equal(await post('new'), 1);
  await Promise.all([first.received(1), second.received(1)]);
  for (const { resets, events } of [first, second]) {
    assert.deepEqual(reasonsOf(resets), ['gone']);
    assert.deepEqual(
      events.map(({ seq, message }) => [seq, message]),
      [[1, 'new']],
    );
  }
});

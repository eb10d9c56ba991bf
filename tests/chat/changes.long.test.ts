import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ask } from '@parley/testkit/clients/ask.ts';
import { everyEvent, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

type Headers = Record<string, string>;

const stack = new AsyncDisposableStack();
let parley: Running;
let dataDir: string;
/** The identities of this test, as request headers. */
let who: Record<'guest' | 'author' | 'other' | 'admin' | 'silent', Headers>;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  dataDir = `${folder.path}/data`;
  const key = tokenKeyFile(folder.path);
  parley = stack.use(
    await start('services/standalone', {
      DATA_DIR: dataDir,
      TOKEN_KEY_FILE: key.file,
    }),
  );
  who = {
    guest: {},
    author: key.headersOf('author'),
    other: key.headersOf('other'),
    admin: key.headersOf('root', { role: 'admin' }),
    silent: key.headersOf('silent', { publish: [] }),
  };
});
after(() => stack.disposeAsync());

async function postMessage(headers: Headers, channel: string, message: string): Promise<number> {
  const { status, body } = await ask('POST', `${parley.url}/chat/${channel}`, headers, {
    username: 'ada',
    message,
  });
  assert.equal(status, 201);
  return Number(body?.seq);
}

const at = (channel: string, rest: string) => `${parley.url}/chat/${channel}/${rest}`;
const vote = (headers: Headers, channel: string, seq: number | string, value: unknown = 1) =>
  ask('PUT', at(channel, `events/${seq}/vote`), headers, { value });
const react = (headers: Headers, channel: string, seq: number | string, method = 'PUT') =>
  ask(method, at(channel, `events/${seq}/reactions/%F0%9F%91%8D`), headers);
const edit = (headers: Headers, channel: string, seq: number | string, message: unknown = 'x') =>
  ask('PATCH', at(channel, `events/${seq}`), headers, { message });
const remove = (headers: Headers, channel: string, seq: number | string) =>
  ask('DELETE', at(channel, `events/${seq}`), headers);
const close = (headers: Headers, channel: string) => ask('PUT', at(channel, 'closed'), headers);
const reopen = (headers: Headers, channel: string) => ask('DELETE', at(channel, 'closed'), headers);
const archive = (headers: Headers, channel: string, archived: unknown = true) =>
  ask('PUT', at(channel, 'archived'), headers, { archived });

test('only those with the right can vote, react, edit, delete, close and reopen', async () => {
  const rights: Record<keyof typeof who, number[]> = {
    //      vote react take back edit delete close reopen
    guest: [401, 401, 401, 401, 401, 401, 401],
    other: [200, 200, 200, 403, 403, 403, 403],
    author: [200, 200, 200, 200, 204, 403, 403],
    admin: [200, 200, 200, 403, 204, 204, 204],
    // With AUTH=open a token takes no right away.
    silent: [200, 200, 200, 403, 403, 403, 403],
  };
  for (const [name, expected] of Object.entries(rights)) {
    const headers = who[name as keyof typeof who];
    const seq = await postMessage(who.author, 'rights', `for ${name}`);
    const answers = [
      await vote(headers, 'rights', seq),
      await react(headers, 'rights', seq),
      await react(headers, 'rights', seq, 'DELETE'),
      await edit(headers, 'rights', seq, `by ${name}`),
      await remove(headers, 'rights', seq),
      await close(headers, 'rights'),
      await reopen(headers, 'rights'),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      expected,
      name,
    );
  }
  const ofGuest = await postMessage(who.guest, 'rights', 'of a guest');
  assert.equal((await edit(who.author, 'rights', ofGuest)).status, 403);
  assert.equal((await remove(who.author, 'rights', ofGuest)).status, 403);
  assert.equal((await remove(who.admin, 'rights', ofGuest)).status, 204);
});

test('an archived channel is not listed, and streams begin with that', async () => {
  await postMessage(who.author, 'archive', 'hi');
  using pattern = new StreamText(parley.url, '?channel=archiv*', {}, '/broadcast');
  using reader = new EventReader(parley.url, 'archive');
  await Promise.all([reader.greeted(), pattern.name()]);
  const statuses = [
    await archive(who.guest, 'archive'),
    await archive(who.author, 'archive'),
    await archive(who.admin, 'archive', 'yes'),
    await archive(who.admin, 'archive-not'),
    await archive(who.admin, 'archive'),
    await ask('POST', at('archive', '').slice(0, -1), who.author, {
      username: 'ada',
      message: 'no',
    }),
  ].map(({ status, body }) => [status, body?.code]);
  assert.deepEqual(statuses, [
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [400, 'malformed-request'],
    [404, 'not-found'],
    [204, undefined],
    [403, 'channel-closed'],
  ]);
  const lists = [
    '',
    '?order=recent',
    '?archived=1',
    '?order=recent&archived=1',
    '?channel=archive',
  ].map(async (query) => {
    const { body } = await ask('GET', `${parley.url}/chat${query}`, who.author);
    const channels = (body?.channels ?? []) as { channel: string; archived?: boolean }[];
    return channels.find(({ channel }) => channel === 'archive')?.archived;
  });
  assert.deepEqual(await Promise.all(lists), [undefined, undefined, true, true, true]);
  using late = new EventReader(parley.url, 'archive');
  using latePattern = new StreamText(parley.url, '?channel=archiv*', {}, '/broadcast');
  await Promise.all([late.greeted(), latePattern.name()]);
  const [hello] = late.hellos;
  assert.deepEqual([hello?.closed, hello?.archived], [true, true]);
  const { body } = await ask('GET', at('archive', 'events'), who.author);
  assert.deepEqual([body?.closed, body?.archived], [true, true]);
  await archive(who.admin, 'archive', false);
  await postMessage(who.author, 'archive', 'again');
  await Promise.all([reader.received(1), late.received(1)]);
  assert.deepEqual(
    reader.log.map((event) => [event.kind, 'archived' in event]),
    [
      ['close', true],
      ['reopen', false],
      ['message', false],
    ],
  );
  assert.equal(late.log.length, 2);
  for (const stream of [pattern, latePattern]) {
    await until('the last message comes', () => stream.text.includes('"again"'));
    // Of a new channel a pattern sends the whole; a reopened one is not new.
    assert.ok(!stream.text.includes('"hi"'));
  }
  assert.ok(pattern.text.includes('"archived":true'));
  const audit = await ask('GET', `${parley.url}/audit?before=9007199254740991`, who.admin);
  const acts = ((audit.body?.entries ?? []) as { act: string }[]).map(({ act }) => act);
  assert.deepEqual(acts.slice(-2), ['archive-channel', 'unarchive-channel']);
});

test('with AUTH=required only those who may post in a channel can change it', async () => {
  await using folder = await temporaryFolder();
  const key = tokenKeyFile(folder.path);
  await using closed = await start('services/standalone', {
    DATA_DIR: folder.path,
    TOKEN_KEY_FILE: key.file,
    AUTH: 'required',
  });
  const author = key.headersOf('author');
  await ask('POST', `${closed.url}/chat/mine`, author, { username: 'ada', message: 'hi' });
  const elsewhere = key.headersOf('author', { publish: ['other'], role: 'admin' });
  const ways: [method: string, path: string, body?: unknown][] = [
    ['PUT', 'events/1/vote', { value: 1 }],
    ['PUT', 'events/1/reactions/%F0%9F%91%8D'],
    ['DELETE', 'events/1/reactions/%F0%9F%91%8D'],
    ['PATCH', 'events/1', { message: 'x' }],
    ['DELETE', 'events/1'],
    ['PUT', 'closed'],
    ['DELETE', 'closed'],
  ];
  for (const [method, path, body] of ways) {
    const url = `${closed.url}/chat/mine/${path}`;
    assert.equal((await ask(method, url, elsewhere, body)).status, 403, `${method} ${path}`);
    assert.equal((await ask(method, url, {}, body)).status, 401, `${method} ${path}`);
  }
  const events = await fetch(`${closed.url}/chat/mine/events`, { headers: author });
  assert.equal(((await events.json()) as { head: number }).head, 1);
});

test('votes and edits answer with the current state, and each wrong request gets its own code', async () => {
  const seq = await postMessage(who.author, 'answers', 'hi');
  const counted = { seq, up: 1, down: 0, value: 1 };
  assert.deepEqual((await vote(who.other, 'answers', seq)).body, counted);
  assert.deepEqual((await vote(who.other, 'answers', seq)).body, counted);
  assert.deepEqual((await vote(who.other, 'answers', seq, 0)).body, {
    seq,
    up: 0,
    down: 0,
    value: 0,
  });
  const edited = await edit(who.author, 'answers', seq, 'ho');
  assert.deepEqual([edited.body?.kind, edited.body?.message], ['message', 'ho']);
  assert.equal(edited.body?.edited, (await everyEvent(parley.url, 'answers')).at(-1)?.at);
  assert.deepEqual((await edit(who.author, 'answers', seq, 'ho')).body, edited.body);

  const codes = async (answers: Promise<{ body: Record<string, unknown> | undefined }>[]) =>
    (await Promise.all(answers)).map(({ body }) => body?.code);
  const wrong = [2, '1', null, '', 0.5];
  assert.deepEqual(
    await codes(wrong.map((value) => vote(who.other, 'answers', seq, value))),
    wrong.map(() => 'invalid-vote'),
  );
  assert.deepEqual(
    await codes(['', 'a\u0007', 7, null].map((text) => edit(who.author, 'answers', seq, text))),
    Array(4).fill('invalid-message'),
  );
  for (const ref of [0, 99, 'x', '1e3', 2]) {
    const asked = [vote(who.other, 'answers', ref), edit(who.author, 'answers', ref)];
    assert.deepEqual(await codes([...asked, remove(who.admin, 'answers', ref)]), [
      'not-found',
      'not-found',
      'not-found',
    ]);
  }
  const text = await fetch(at('answers', `events/${seq}/vote`), {
    method: 'PUT',
    headers: who.other,
    body: 'value=1',
  });
  assert.equal(text.status, 415);
  const none = await fetch(at('answers', `events/${seq}`));
  assert.deepEqual([none.status, none.headers.get('allow')], [405, 'PATCH, DELETE']);
  const alias = `${parley.url}/api/chat/answers/events/${seq}`;
  assert.equal((await ask('DELETE', alias, who.author)).status, 204);
  assert.equal((await ask('DELETE', alias, who.author)).status, 204);
  assert.equal((await vote(who.other, 'answers', seq)).status, 404);
  assert.equal((await everyEvent(parley.url, 'answers')).length, 5);
});

test('readers get each kind of event once and in order, from any position, by SSE and WebSocket', async () => {
  using live = new EventReader(parley.url, 'kinds');
  using socket = new SocketReader(parley.url, 'kinds');
  await Promise.all([live.greeted(), socket.receivedFrame('hello')]);
  const seq = await postMessage(who.author, 'kinds', 'hi');
  await vote(who.other, 'kinds', seq);
  await react(who.other, 'kinds', seq);
  await edit(who.author, 'kinds', seq, 'ho');
  await close(who.admin, 'kinds');
  await reopen(who.admin, 'kinds');
  await remove(who.author, 'kinds', seq);
  await until('all events arrived', () => live.log.length === 7 && socket.log.length === 7);
  assert.deepEqual(live.log, socket.log);
  assert.deepEqual(
    live.log.map((event) => [event.seq, event.kind, 'ref' in event && event.ref]),
    [
      [1, 'message', false],
      [2, 'vote', 1],
      [3, 'reaction', 1],
      [4, 'edit', 1],
      [5, 'close', false],
      [6, 'reopen', false],
      [7, 'delete', 1],
    ],
  );
  const log = await everyEvent(parley.url, 'kinds');
  const epoch = log[0]?.epoch;
  for (let after = 0; after <= 7; after++) {
    const query = `?lastEventId=${epoch}:${after}`;
    using resumed = new EventReader(parley.url, 'kinds', query);
    using again = new SocketReader(parley.url, 'kinds', query);
    await Promise.all([resumed.greeted(), again.receivedFrame('hello')]);
    const expected = log.slice(after);
    await until(
      'all events arrived again',
      () => resumed.log.length + again.log.length >= 14 - 2 * after,
    );
    assert.deepEqual(resumed.log, expected);
    assert.deepEqual(again.log, expected);
  }
  assert.equal(
    (await metric(parley.url, 'parley_changes_total{kind="edit",outcome="stored"}')) > 0,
    true,
  );
});

test('a deleted text is found nowhere: not in memory, not in the log, not in the files', async () => {
  const marker = 'MARKER-7c1e';
  /** Long enough to fill its own pages of the database. */
  const secret = (n: number) => `${marker} ${n} ${'s'.repeat(3_900)}`;
  using live = new EventReader(parley.url, 'gone');
  await live.greeted();
  const [early, short] = [
    await postMessage(who.author, 'gone', secret(1)),
    await postMessage(who.author, 'gone', `${marker} short`),
  ];
  await edit(who.author, 'gone', early, secret(2));
  await edit(who.author, 'gone', early, secret(3));
  // More than a backlog holds, so that the early messages are only in the log.
  const text = 'x'.repeat(2_000);
  for (let i = 0; i < 600; i += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, j) => post(parley.url, 'gone', `m${i + j} ${text}`)),
    );
  }
  const late = await postMessage(who.author, 'gone', `${marker} late`);
  await edit(who.author, 'gone', late, `${marker} later`);
  const { epoch = '', head } = { epoch: live.log[0]?.epoch, head: late + 1 };
  await until('all events arrived', () => live.log.length === head);
  assert.ok(JSON.stringify(await textsAfter(epoch, 0, head)).includes(marker));
  assert.ok(JSON.stringify(await textsAfter(epoch, late - 1, head)).includes(marker));

  for (const seq of [early, short, late]) await remove(who.author, 'gone', seq);
  await until('the deletions arrived', () => live.log.length === head + 3);
  for (const after of [0, late - 1, late]) {
    const found = await textsAfter(epoch, after, head + 3);
    assert.deepEqual(found, (await everyEvent(parley.url, 'gone')).slice(after));
    assert.doesNotMatch(JSON.stringify(found), /MARKER/);
  }
  const pages = ['/events?limit=1000', '/events?after=300&limit=1000'];
  for (const paths of [[''], pages]) {
    const read = paths.map(async (path) => (await fetch(`${parley.url}/chat/gone${path}`)).text());
    const texts = (await Promise.all(read)).join('\n');
    assert.match(texts, /m599/);
    assert.doesNotMatch(texts, /MARKER/);
  }
  assert.equal((await wholeLog(parley.url, 'gone'))[early - 1]?.deleted, true);
  // The write-ahead log is emptied as soon as the store has no open read.
  await until('the files have no trace of the text', () =>
    readdirSync(dataDir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .every(({ name }) => !readFileSync(`${dataDir}/${name}`).includes(marker)),
  );
});

/** Every event after a position. Server-Sent Events and WebSocket must bring the same ones. */
async function textsAfter(epoch: string, after: number, head: number) {
  const query = `?lastEventId=${epoch}:${after}`;
  using reader = new EventReader(parley.url, 'gone', query);
  using socket = new SocketReader(parley.url, 'gone', query);
  const isWhole = ({ log }: { log: unknown[] }) => log.length === head - after;
  await until('all events arrived', () => isWhole(reader) && isWhole(socket));
  assert.deepEqual(reader.log, socket.log);
  return reader.log;
}

test('a closed channel accepts no message, in no way of posting, and can still be read', async () => {
  const key = { 'Idempotency-Key': 'before-the-close' };
  const first = { username: 'ada', message: 'before' };
  const url = `${parley.url}/chat/closing`;
  const receipt = await ask('POST', url, key, first);
  await close(who.admin, 'closing');
  for (const headers of [who.guest, who.author, who.admin]) {
    const { status, body } = await ask('POST', url, headers, first);
    assert.deepEqual([status, body?.code], [403, 'channel-closed']);
  }
  assert.deepEqual(await ask('POST', url, key, first), { ...receipt, status: 200 });
  assert.equal((await vote(who.other, 'closing', 1)).body?.code, 'channel-closed');
  assert.equal((await vote(who.admin, 'closing', 1)).status, 200);
  using socket = new SocketReader(parley.url, 'closing', '?last=5');
  await socket.received(1);
  socket.send({ type: 'message', ...first });
  await socket.receivedFrame('error');
  assert.equal(socket.answers('error')[0]?.code, 'channel-closed');
  assert.equal((await close(who.admin, 'closing')).status, 204);
  await reopen(who.admin, 'closing');
  assert.equal((await ask('POST', url, {}, first)).status, 201);
  const kinds = (await everyEvent(parley.url, 'closing')).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['message', 'close', 'vote', 'reopen', 'message']);
});

test('a new reader learns first that a channel is closed, whether or not the channel has other readers', async () => {
  await postMessage(who.author, 'shut', 'before');
  await close(who.admin, 'shut');
  const page = async () => (await ask('GET', at('shut', 'events'), {})).body?.closed;
  assert.equal(await page(), true);
  const isClosed = async () => {
    using reader = new EventReader(parley.url, 'shut');
    await reader.greeted();
    return reader.hellos[0]?.closed;
  };
  using first = new EventReader(parley.url, 'shut');
  await first.greeted();
  assert.deepEqual([first.hellos[0]?.closed, await isClosed()], [true, true]);
  await reopen(who.admin, 'shut');
  await until('the channel is open', () => first.log.at(-1)?.kind === 'reopen');
  assert.deepEqual([await isClosed(), await page()], [undefined, undefined]);
  await close(who.admin, 'shut');
  await until('the channel is closed again', () => first.log.at(-1)?.kind === 'close');
  using socket = new SocketReader(parley.url, 'shut', '');
  await socket.receivedFrame('hello');
  assert.equal(socket.answers('hello')[0]?.closed, true);
  assert.equal(await isClosed(), true);
});

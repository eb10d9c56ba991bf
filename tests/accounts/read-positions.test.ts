import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { connect } from '@parley/client';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let parley: Running;
let ana: Record<string, string>;
let zoe: Record<string, string>;
let program: Record<string, string>;

before(async () => {
  const { path: DATA_DIR } = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR, CANARY_SECONDS: '0' }));
  ana = await signUp('Ana');
  zoe = await signUp('Zoe');
  const key = openSigningKey(readFileSync(`${DATA_DIR}/token.key`, 'utf8'));
  program = bearerHeader(key.sign({ sub: 'bot', publish: ['**'], subscribe: ['**'] }, 600));
});
after(() => stack.disposeAsync());

/** Makes an account; resolves with the headers that sign it in. */
async function signUp(username: string): Promise<Record<string, string>> {
  const browser = new BrowserSession(parley.url);
  const account = { username, email: `${username}@example.org`, password: 'correct horse battery' };
  await browser.send('POST', '/users', account);
  return { Cookie: `parley-token=${browser.cookie('parley-token')}` };
}

const readUrl = (channel: string) => `${parley.url}/chat/${channel}/read`;

async function mark(channel: string, seq: number, headers = ana): Promise<unknown> {
  return (await ask('PUT', readUrl(channel), headers, { seq })).body?.seq;
}

/** The position and the counts of a channel in the list. */
async function listed(channel: string, headers = ana, more = '') {
  const { body } = await ask('GET', `${parley.url}/chat?channel=${channel}${more}`, headers);
  const channels = (body?.channels ?? []) as Record<string, number>[];
  return [channels[0]?.read, channels[0]?.unread, channels[0]?.mentioned];
}

test('a mark moves the position forward, and the list counts what follows', async () => {
  const channel = 'counted';
  for (const text of ['one', '@Ana', 'three']) await post(parley.url, channel, text, 'bob');
  assert.deepEqual(await listed(channel), [0, 3, 1]);
  assert.deepEqual((await ask('GET', readUrl(channel), ana)).body, { channel, seq: 0 });
  const markAs = async (seq: unknown) => {
    const { status, body } = await ask('PUT', readUrl(channel), ana, { seq });
    return status === 200 ? body : [status, body?.code];
  };
  assert.deepEqual(await markAs(2), { channel, seq: 2 });
  assert.deepEqual(await markAs(1), { channel, seq: 2 });
  assert.deepEqual(await listed(channel), [2, 1, 0]);
  for (const wrong of [-1, '3', 1.5, null])
    assert.deepEqual(await markAs(wrong), [400, 'malformed-request']);
  assert.deepEqual(await markAs(99), { channel, seq: 3 });
  assert.deepEqual((await ask('GET', readUrl(channel), ana)).body, { channel, seq: 3 });
  assert.deepEqual(await listed(channel), [3, 0, 0]);
  assert.deepEqual(await listed(channel, program), [undefined, undefined, undefined]);
  assert.deepEqual(await listed(channel, ana, '&unread=0'), [undefined, undefined, undefined]);
  const refused = await ask('GET', `${parley.url}/chat?unread=1`, ana);
  assert.deepEqual([refused.status, refused.body?.code], [400, 'invalid-query']);
});

test('the client library replies, reads a thread and marks', async () => {
  const token = ana.Cookie?.split('=')[1] ?? '';
  const client = connect(parley.url, { token: async () => token });
  const channel = client.channel('library');
  const { seq } = await channel.send('one');
  await channel.send('two', { replyTo: seq });
  const { events } = await channel.history({ thread: seq, after: 0 });
  assert.deepEqual(
    events.map((event) => event.kind === 'message' && [event.replyTo, event.replies]),
    [
      [undefined, 1],
      [1, undefined],
    ],
  );
  const heard: unknown[] = [];
  channel.on('read', (position) => heard.push(position));
  await new Promise<void>((resolve) => channel.on('live', () => resolve()));
  assert.equal(await channel.markRead(1), 1);
  await until('the first is heard', () => heard.length === 1);
  assert.equal(await channel.markRead(2), 2);
  assert.equal(await channel.markRead(1), 2);
  await until('the second is heard', () => heard.length === 2);
  assert.deepEqual(
    heard,
    [1, 2].map((seq) => ({ channel: 'library', seq })),
  );
  client.close();
});

test('100 marks at once end at the highest', async () => {
  const channel = 'racing';
  for (let i = 0; i < 20; i++) await post(parley.url, channel, `${i}`, 'bob');
  const seqs = Array.from({ length: 100 }, (_, i) => 1 + ((i * 7) % 20));
  const answers = await Promise.all(
    seqs.map(async (seq) => (await ask('PUT', readUrl(channel), ana, { seq })).body),
  );
  for (const [i, body] of answers.entries()) assert.ok(Number(body?.seq) >= Number(seqs[i]));
  assert.deepEqual((await ask('GET', readUrl(channel), ana)).body, { channel, seq: 20 });
});

test('a private channel is empty for an account that is no member', async () => {
  const channel = 'hidden';
  await ask('POST', `${parley.url}/chat/${channel}`, zoe, { message: 'hi' });
  const url = `${parley.url}/chat/${channel}/access`;
  assert.equal((await ask('PUT', url, zoe, { private: true })).status, 200);
  const seqFor = async (headers: Record<string, string>) => [
    (await ask('PUT', readUrl(channel), headers, { seq: 1 })).body?.seq,
    (await ask('GET', readUrl(channel), headers)).body?.seq,
  ];
  assert.deepEqual(await seqFor(ana), [0, 0]);
  assert.deepEqual(await seqFor(zoe), [1, 1]);
});

/** The positions that a stream or WebSocket has brought, and how often it has brought a message. */
const readsIn = (text: string) =>
  [
    ...text.matchAll(/(?:event: read\ndata: \{|"type":"read",)"channel":"([^"]+)","seq":(\d+)\}/g),
  ].map(([, channel, seq]) => `${channel} ${seq}`);

test('a position that moves forward reaches the streams of its account that have the channel', async () => {
  const channel = 'live.one';
  for (const name of [channel, 'live.other']) {
    for (const text of ['one', 'two', 'three']) await post(parley.url, name, text, 'bob');
  }
  await using open = new AsyncDisposableStack();
  const stream = (path: string, headers: Record<string, string>) =>
    open.use(new StreamText(parley.url, path, headers, '/broadcast'));
  const socket = (name: string | undefined, headers: Record<string, string>) =>
    open.use(new SocketReader(parley.url, name, '', headers));
  const many = socket(undefined, ana);
  await many.receivedFrame('hello');
  many.send({ type: 'subscribe', channel });
  const readers = [
    stream(`/${channel}`, ana),
    stream(`/${channel}?untyped=1`, ana),
    stream(`?channel=${channel}&channel=live.third`, ana),
    stream('?channel=live.**', ana),
    socket(channel, ana),
    many,
  ];
  const others = [
    stream('/live.other', ana),
    socket(undefined, ana),
    stream(`/${channel}`, zoe),
    stream('?channel=live.**', zoe),
    stream(`/${channel}`, program),
    stream(`/${channel}`, {}),
    socket(channel, zoe),
  ];
  const textOf = (reader: StreamText | SocketReader) =>
    reader instanceof StreamText ? reader.text : reader.texts.join('\n');
  await until('all are live', () =>
    [...readers, ...others].every((reader, i) => {
      return textOf(reader).includes(i === readers.length + 1 ? 'hello' : '"named":');
    }),
  );
  assert.equal(await mark(channel, 2), 2);
  assert.equal(await mark(channel, 1), 2);
  await Promise.all([mark(channel, 2), mark(channel, 99)]);
  await until('the readers have both positions', () =>
    readers.every((reader) => readsIn(textOf(reader)).length === 2),
  );
  for (const name of [channel, 'live.other']) await post(parley.url, name, 'the end', 'bob');
  await until('all have what came later', () =>
    [...readers, ...others.toSpliced(1, 1)].every((reader) => textOf(reader).includes('the end')),
  );
  for (const reader of readers)
    assert.deepEqual(readsIn(textOf(reader)), [`${channel} 2`, `${channel} 3`]);
  for (const reader of others) assert.deepEqual(readsIn(textOf(reader)), []);
});

test('positions in a private channel reach the streams of members only', async () => {
  const channel = 'live.hidden';
  await ask('POST', `${parley.url}/chat/${channel}`, zoe, { message: 'one' });
  const url = `${parley.url}/chat/${channel}`;
  assert.equal((await ask('PUT', `${url}/access`, zoe, { private: true })).status, 200);
  assert.equal((await ask('PUT', `${url}/members/Ana`, zoe)).status, 204);
  await using open = new AsyncDisposableStack();
  const stream = open.use(
    new StreamText(parley.url, `?channel=${channel}&channel=live.lobby`, ana, '/broadcast'),
  );
  await until('it is live', () => stream.text.includes('"named":'));
  assert.equal(await mark(channel, 1), 1);
  await until('a member hears it', () => readsIn(stream.text).length === 1);
  await ask('POST', url, zoe, { message: 'two' });
  assert.equal((await ask('DELETE', `${url}/members/Ana`, zoe)).status, 204);
  await until('it goes on without the channel', () => stream.text.includes('"forbidden"'));
  assert.equal(await mark(channel, 2), 0);
  assert.equal(await mark(channel, 2, zoe), 2);
  await post(parley.url, 'live.lobby', 'the end', 'bob');
  await until('it has what came later', () => stream.text.includes('the end'));
  assert.deepEqual(readsIn(stream.text), [`${channel} 1`]);
});

test('only an account has a position', async () => {
  for (const method of ['GET', 'PUT']) {
    const body = method === 'PUT' ? { seq: 1 } : undefined;
    const codeOf = async (headers: Record<string, string>) => {
      const answer = await ask(method, readUrl('counted'), headers, body);
      return [answer.status, answer.body?.code];
    };
    assert.deepEqual(await codeOf({}), [401, 'unauthenticated']);
    assert.deepEqual(await codeOf(program), [403, 'forbidden']);
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { connect } from '@parley/client';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const stack = new AsyncDisposableStack();
let parley: Running;
let ana: Record<string, string>;
let program: Record<string, string>;

before(async () => {
  const { path: DATA_DIR } = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR, CANARY_SECONDS: '0' }));
  const browser = new BrowserSession(parley.url);
  const account = { username: 'Ana', email: 'a@example.org', password: 'correct horse battery' };
  await browser.send('POST', '/users', account);
  ana = { Cookie: `parley-token=${browser.cookie('parley-token')}` };
  const key = openSigningKey(readFileSync(`${DATA_DIR}/token.key`, 'utf8'));
  program = bearerHeader(key.sign({ sub: 'bot', publish: ['**'], subscribe: ['**'] }, 600));
});
after(() => stack.disposeAsync());

const readUrl = (channel: string) => `${parley.url}/chat/${channel}/read`;

/** The counts of a channel in the list. */
async function listed(channel: string, headers = ana, more = '') {
  const { body } = await ask('GET', `${parley.url}/chat?channel=${channel}${more}`, headers);
  const channels = (body?.channels ?? []) as Record<string, number>[];
  return [channels[0]?.unread, channels[0]?.mentioned];
}

test('a mark moves the position forward, and the list counts what follows', async () => {
  const channel = 'counted';
  for (const text of ['one', '@Ana', 'three']) await post(parley.url, channel, text, 'bob');
  assert.deepEqual(await listed(channel), [3, 1]);
  assert.deepEqual((await ask('GET', readUrl(channel), ana)).body, { channel, seq: 0 });
  const mark = async (seq: unknown) => {
    const { status, body } = await ask('PUT', readUrl(channel), ana, { seq });
    return status === 200 ? body : [status, body?.code];
  };
  assert.deepEqual(await mark(2), { channel, seq: 2 });
  assert.deepEqual(await mark(1), { channel, seq: 2 });
  assert.deepEqual(await listed(channel), [1, 0]);
  for (const wrong of [-1, '3', 1.5, null])
    assert.deepEqual(await mark(wrong), [400, 'malformed-request']);
  assert.deepEqual(await mark(99), { channel, seq: 3 });
  assert.deepEqual((await ask('GET', readUrl(channel), ana)).body, { channel, seq: 3 });
  assert.deepEqual(await listed(channel), [0, 0]);
  assert.deepEqual(await listed(channel, program), [undefined, undefined]);
  assert.deepEqual(await listed(channel, ana, '&unread=0'), [undefined, undefined]);
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
  assert.equal(await channel.markRead(2), 2);
  assert.equal(await channel.markRead(1), 2);
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
  const other = new BrowserSession(parley.url);
  const account = { username: 'Zoe', email: 'z@example.org', password: 'correct horse battery' };
  await other.send('POST', '/users', account);
  const zoe = { Cookie: `parley-token=${other.cookie('parley-token')}` };
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

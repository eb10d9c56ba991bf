import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { everyEvent } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let parley: Running;
let tokenOf: (sub: string, role?: 'admin') => Record<string, string>;

before(async () => {
  const { path: DATA_DIR } = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR, CANARY_SECONDS: '0' }));
  const key = openSigningKey(readFileSync(`${DATA_DIR}/token.key`, 'utf8'));
  const rights = { publish: ['**'], subscribe: ['**'] };
  tokenOf = (sub, role) => bearerHeader(key.sign({ sub, ...rights, ...(role && { role }) }, 600));
  const account = { username: 'Ana', email: 'a@example.org', password: 'correct horse battery' };
  await new BrowserSession(parley.url).send('POST', '/users', account);
});
after(() => stack.disposeAsync());

/** Posts a text as a subject; resolves with its seq. */
async function say(channel: string, message: string, headers = tokenOf('bob')): Promise<number> {
  const url = `${parley.url}/chat/${channel}`;
  const { status, body } = await ask('POST', url, headers, { username: 'bob', message });
  assert.equal(status, 201);
  return Number(body?.seq);
}

const mentionsIn = (events: ChatEvent[]) =>
  events.map((event) => [event.kind, 'mentions' in event ? event.mentions : undefined]);

test('mentions are in the stream and the log, and an edit changes both', async () => {
  const channel = 'mentions';
  await post(parley.url, channel, 'hi', 'Eve');
  using socket = new SocketReader(parley.url, channel);
  await socket.receivedFrame('hello');
  const seq = await say(channel, '@ana @Eve e@ana.org');
  const url = `${parley.url}/chat/${channel}/events/${seq}`;
  const edit = async (message: string) =>
    (await ask('PATCH', url, tokenOf('bob'), { message })).body?.mentions;
  assert.deepEqual(await edit('@Eve'), ['Eve']);
  assert.deepEqual(await edit('nothing'), undefined);
  assert.deepEqual(await edit('@Ana'), ['Ana']);
  await until('all events came', () => socket.log.length === 4);
  assert.deepEqual(mentionsIn(socket.log), [
    ['message', ['Ana', 'Eve']],
    ['edit', ['Eve']],
    ['edit', undefined],
    ['edit', ['Ana']],
  ]);
  const now = ['edit', 'edit', 'edit'].map((kind) => [kind, ['Ana']]);
  const expected = [['message', undefined], ['message', ['Ana']], ...now];
  const log = await everyEvent(parley.url, channel);
  assert.deepEqual(mentionsIn(log), expected);
  using resumed = new SocketReader(parley.url, channel, `?lastEventId=${log[0]?.epoch}:0`);
  await until('all events came again', () => resumed.log.length === 5);
  assert.deepEqual(mentionsIn(resumed.log), expected);
  await ask('DELETE', url, tokenOf('bob'));
  await until('the delete came', () => resumed.log.length === 6);
  using later = new SocketReader(parley.url, channel, `?lastEventId=${log[0]?.epoch}:0`);
  await until('all events came', () => later.log.length === 6);
  assert.deepEqual(new Set(mentionsIn(later.log).map(([, names]) => names)), new Set([undefined]));
});

test('only an administrator mentions all', async () => {
  const channel = 'everyone';
  await say(channel, '@all');
  const seq = await say(channel, '@all', tokenOf('root', 'admin'));
  const [guest, admin] = await everyEvent(parley.url, channel);
  assert.deepEqual(mentionsIn([guest, admin] as ChatEvent[]), [
    ['message', undefined],
    ['message', ['all']],
  ]);
  assert.equal(seq, 2);
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { isMessage } from '@parley/contract/events/event.ts';
import { eventsPageSchema } from '@parley/contract/events/events-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import { collectAnswers, TOKEN_SECONDS, URL_OF_STACK, upRequired } from './stack.ts';

const PASSWORD = 'correct horse battery staple';
const AT_ONCE_MS = 5_000;
let ida: BrowserSession;
let joe: BrowserSession;

before(async () => {
  await upRequired();
  ida = await signUp('ida');
  joe = await signUp('joe');
});

/** Headers of a page of the same origin. */
const fromPage = { Origin: URL_OF_STACK };

/**
 * Signs up with a name that no other test file uses: after that only this account can post under
 * it.
 */
async function signUp(username: string): Promise<BrowserSession> {
  const browser = new BrowserSession(URL_OF_STACK);
  const fields = { username, email: `${username}@example.org`, password: PASSWORD };
  assert.equal((await browser.send('POST', '/users', fields, fromPage)).status, 201);
  return browser;
}

const renew = (browser: BrowserSession, body?: object) =>
  browser.send('POST', '/session/renew', body, fromPage);

const cookiesOf = (browser: BrowserSession) => ({
  Cookie: `__Host-parley-token=${browser.cookie('__Host-parley-token')}`,
});

const serverOf = (headers: Headers) => String(headers.get('x-served-by'));

/** Opens streams of a channel, at least one at each broadcast. */
async function streamsEverywhere(stack: DisposableStack, browser: BrowserSession, channel: string) {
  const streams: StreamText[] = [];
  await collectAnswers(2, async () => {
    const stream = stack.use(new StreamText(URL_OF_STACK, channel, cookiesOf(browser)));
    streams.push(stream);
    await stream.name();
    return /"server":"([^"]+)"/.exec(stream.text)?.[1] ?? '';
  });
  return streams;
}

test('a new account gets cookies for TLS only, and all three chats know it', async () => {
  assert.equal(ida.lastCookies.length, 2);
  for (const cookie of ida.lastCookies)
    assert.match(cookie, /; HttpOnly; Secure; SameSite=Strict$/);
  await collectAnswers(3, async () => {
    const { status, headers } = await ida.send('GET', '/session');
    assert.equal(status, 200);
    return serverOf(headers);
  });
  await collectAnswers(3, async () => {
    const { status, body, headers } = await ida.send(
      'POST',
      '/chat/house',
      { message: 'hi' },
      fromPage,
    );
    assert.deepEqual([status, body.username], [201, 'ida']);
    return serverOf(headers);
  });
});

test('each broadcast shows the readers of a channel at both broadcasts', async () => {
  using stack = new DisposableStack();
  await Promise.all([ida, joe].map((browser) => renew(browser)));
  await streamsEverywhere(stack, ida, 'house');
  stack.use(new StreamText(URL_OF_STACK, 'house', cookiesOf(joe)));
  await collectAnswers(2, async () => {
    let answer = await joe.send('GET', '/broadcast/house/presence');
    await until('both are shown', async () => {
      answer = await joe.send('GET', '/broadcast/house/presence');
      return String(answer.body.here) === 'ida,joe';
    });
    return serverOf(answer.headers);
  });
});

test('a ticket of any chat opens exactly one stream, at either broadcast', async () => {
  await renew(ida);
  await collectAnswers(2, async () => {
    const { body } = await ida.send('POST', '/tickets', undefined, fromPage);
    const address = `${URL_OF_STACK}/broadcast/house?ticket=${body.ticket}`;
    const first = await fetch(address);
    assert.equal(first.status, 200);
    await first.body?.cancel();
    const second = await fetch(address);
    assert.equal(second.status, 401);
    await second.body?.cancel();
    return serverOf(first.headers);
  });
});

test('streams at both broadcasts are renewed in place, and end as soon as their session ends', async () => {
  using stack = new DisposableStack();
  await renew(ida);
  const openedAt = Date.now();
  const streams = await streamsEverywhere(stack, ida, 'long');
  await until(
    'half of the time is over',
    () => Date.now() - openedAt > TOKEN_SECONDS * 500,
    30_000,
  );
  for (const stream of streams) {
    assert.equal((await renew(ida, { stream: await stream.name() })).status, 200);
  }
  const firstEnd = TOKEN_SECONDS * 1_000 + 1_000;
  await until('the time is over', () => Date.now() - openedAt > firstEnd, 30_000);
  await ida.send('POST', '/chat/long', { message: 'still here' }, fromPage);
  for (const { text } of streams) assert.doesNotMatch(text, /event: expired/);
  await until('all streams have the message', () =>
    streams.every(({ text }) => text.includes('still here')),
  );
  const endedAt = Date.now();
  assert.equal((await ida.send('DELETE', '/session', undefined, fromPage)).status, 204);
  for (const stream of streams) {
    assert.ok((await stream.closed) - endedAt < AT_ONCE_MS);
    assert.match(stream.text, /\nevent: expired\ndata: \{\}\n\n$/);
  }
});

test('a device reads and posts through the front door with the token of an account', async () => {
  const { body } = await renew(joe);
  const url = `${URL_OF_STACK.replace('https', 'wss')}/mqtt`;
  const given = { username: 'device', password: String(body.token), reconnectPeriod: 0 };
  await assert.rejects(mqtt.connectAsync(url, { reconnectPeriod: 0 }, false), /Not authorized/);
  const device = await mqtt.connectAsync(url, given, false);
  const received: string[] = [];
  device.on('message', (_, payload) => received.push(JSON.parse(String(payload)).message));
  await device.subscribeAsync('chat/events/lab', { qos: 1 });
  for (let i = 0; i < 10; i++)
    await device.publishAsync('chat/inbox/lab', JSON.stringify({ message: `m${i}` }), { qos: 1 });
  await until('the device has received all messages', () => received.length >= 10, 15_000);
  const messages = Array.from({ length: 10 }, (_, i) => `m${i}`);
  assert.deepEqual(received, messages);
  const page = eventsPageSchema.parse((await joe.send('GET', '/chat/lab/events')).body);
  assert.deepEqual(
    page.events.filter(isMessage).map(({ username, message }) => `${username} ${message}`),
    messages.map((message) => `joe ${message}`),
  );
  await device.endAsync(true);
});

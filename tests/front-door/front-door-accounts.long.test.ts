import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { type FrontDoor, startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const PASSWORD = 'correct horse battery staple';
const TOKEN_SECONDS = 6;
const stack = new AsyncDisposableStack();
const options = needs('nginx');
let door: FrontDoor;
let ada: BrowserSession;
let bob: BrowserSession;

before(async () => {
  if (options.skip) return;
  const folder = stack.use(await temporaryFolder());
  const parley = stack.use(
    await start('services/standalone', {
      DATA_DIR: folder.path,
      AUTH: 'required',
      TRUSTED_PROXIES: 'loopback',
      TOKEN_SECONDS: String(TOKEN_SECONDS),
    }),
  );
  door = stack.use(await startFrontDoor({ chat: parley.url }));
  ada = await signUp('ada');
  bob = await signUp('bob');
});
after(() => stack.disposeAsync());

async function signUp(username: string): Promise<BrowserSession> {
  const browser = new BrowserSession(door.url);
  const fields = { username, email: `${username}@example.org`, password: PASSWORD };
  const { status } = await browser.send('POST', '/users', fields, { Origin: door.url });
  assert.equal(status, 201);
  return browser;
}

/** Acts as a page of the front door's own address. */
function act(browser: BrowserSession, method: string, path: string, body?: object) {
  return browser.send(method, path, body, { Origin: door.url });
}

const cookiesOf = (browser: BrowserSession) => ({
  Cookie: `__Host-parley-token=${browser.cookie('__Host-parley-token')}`,
});

test('over TLS the cookies of a new account are Secure', options, async () => {
  assert.equal(ada.lastCookies.length, 2);
  for (const cookie of ada.lastCookies)
    assert.match(cookie, /; HttpOnly; Secure; SameSite=Strict$/);
  assert.equal((await act(ada, 'GET', '/session')).body.username, 'ada');
});

test('an account can post, edit, get a vote, be present and delete', options, async () => {
  await act(ada, 'POST', '/session/renew');
  await act(bob, 'POST', '/session/renew');
  const { body: posted } = await act(ada, 'POST', '/chat/house', { message: 'helo' });
  const event = `/chat/house/events/${posted.seq}`;
  const { body: edited } = await act(ada, 'PATCH', event, { message: 'hello' });
  assert.deepEqual([edited.message, edited.username], ['hello', 'ada']);
  const { body: tally } = await act(bob, 'PUT', `${event}/vote`, { value: 1 });
  assert.deepEqual([tally.up, tally.value], [1, 1]);
  using stream = new StreamText(door.url, 'house', cookiesOf(bob));
  await stream.name();
  const { body: presence } = await act(ada, 'GET', '/broadcast/house/presence');
  assert.deepEqual(presence.here, ['bob']);
  assert.equal((await act(bob, 'DELETE', event)).body.code, 'forbidden');
  assert.equal((await act(ada, 'DELETE', event)).status, 204);
  assert.equal((await act(ada, 'PUT', '/chat/house/closed')).body.code, 'forbidden');
});

test('a page of another origin cannot use a session', options, async () => {
  await ada.send('POST', '/session/renew', undefined, { Origin: door.url });
  const foreign = { Origin: 'https://elsewhere.example' };
  const { body } = await ada.send('POST', '/chat/house', { message: 'forged' }, foreign);
  assert.equal(body.code, 'origin-refused');
});

test(
  'a stream is renewed in place, outlives its token, and ends with its session',
  options,
  async () => {
    await act(ada, 'POST', '/session/renew');
    using stream = new StreamText(door.url, 'long', cookiesOf(ada));
    const openedAt = Date.now();
    const name = await stream.name();
    await until('half of the lifetime is over', () => Date.now() - openedAt > TOKEN_SECONDS * 500);
    assert.equal((await act(ada, 'POST', '/session/renew', { stream: name })).status, 200);
    await until('the lifetime is over', () => Date.now() - openedAt > TOKEN_SECONDS * 1000 + 500);
    assert.equal((await act(ada, 'POST', '/chat/long', { message: 'still here' })).status, 201);
    await until('the message arrived', () => stream.text.includes('still here'));
    assert.equal((await act(ada, 'DELETE', '/session')).status, 204);
    await stream.closed;
    assert.match(stream.text, /\nevent: expired\ndata: \{\}\n\n$/);
  },
);

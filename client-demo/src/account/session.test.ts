import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { openStorage } from '../browser-storage.ts';
import { AnswerError } from '../request-json.ts';
import { openAccountApi } from './account-api.ts';
import { Session } from './session.ts';
import type { SessionNotes } from './session-state.ts';
import { storeSession } from './stored-session.ts';

type Answer = [status: number, body?: object];

let browsers = 0;

/**
 * A server with the given answers (by call, like `GET /session`), and the storage that the tabs of
 * one browser share.
 */
async function openBrowser(t: TestContext, answers: Record<string, Answer | (() => Answer)>) {
  browsers += 1;
  const name = `session-${browsers}`;
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const call = `${request.method} ${request.url}`;
    calls.push(`${call} ${await text(request)}`.trim());
    const answer = answers[call] ?? [404, {}];
    const [status, body] = typeof answer === 'function' ? answer() : answer;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body && JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const storage = openStorage(() => {
    throw new Error('no storage');
  });
  const openTab = () => {
    const session = new Session({
      api: openAccountApi(base),
      notes: new BroadcastChannel(name) as unknown as SessionNotes,
      storage,
      retry: { minMs: 2, maxMs: 5 },
    });
    t.after(() => session.close());
    return session;
  };
  return { calls, storage, openTab };
}

async function until(session: Session, state: string): Promise<void> {
  if (session.snapshot().state === state) return;
  await new Promise<void>((resolve) => {
    const stop = session.subscribe(() => {
      if (session.snapshot().state !== state) return;
      stop();
      resolve();
    });
  });
}

const ADA = { username: 'ada', email: 'ada@example.org', admin: false };

function ada(lifeMs: number) {
  return { ...ADA, expiresAt: new Date(Date.now() + lifeMs).toISOString() };
}

const HOUR = 3_600_000;

test('a server without accounts has neither guests nor accounts', async (t) => {
  const { openTab } = await openBrowser(t, {});
  await until(openTab(), 'absent');
});

test('a visitor who never signed in is a guest, and nothing is renewed', async (t) => {
  const { calls, openTab } = await openBrowser(t, { 'GET /session?guest=ok': [401, {}] });
  const session = openTab();
  await until(session, 'guest');
  assert.equal(await session.recover(), false);
  assert.deepEqual(calls, ['GET /session?guest=ok']);
});

test("a wrong password is reported with the server's text", async (t) => {
  const { openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [401, {}],
    'POST /session': [401, { detail: 'The name or the password is wrong.' }],
  });
  const session = openTab();
  await until(session, 'guest');
  await assert.rejects(session.signIn({ login: 'ada', password: 'x' }), (error) => {
    return error instanceof AnswerError && error.message === 'The name or the password is wrong.';
  });
  assert.equal(session.snapshot().state, 'guest');
});

test('a sign-in or sign-out in one tab applies to all tabs', async (t) => {
  const { openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [401, {}],
    'POST /session': () => [200, ada(HOUR)],
    'DELETE /session': [204],
  });
  const [one, other] = [openTab(), openTab()];
  await Promise.all([until(one, 'guest'), until(other, 'guest')]);
  await one.signIn({ login: 'ada', password: 'correct horse' });
  await until(other, 'account');
  await other.signOut();
  await until(one, 'guest');
});

test('the tab that holds a stream renews the token and the stream in time, and only that tab does', async (t) => {
  const { calls, storage, openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [200, ADA],
    'POST /session/renew': () => [200, { expiresAt: ada(HOUR).expiresAt }],
  });
  storeSession(storage, ada(400));
  const [leader, other] = [openTab(), openTab()];
  leader.holdStream('b1.x');
  await Promise.all([until(leader, 'account'), until(other, 'account')]);
  const renewals = () => calls.filter((call) => call.startsWith('POST'));
  while (renewals().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(renewals(), ['POST /session/renew {"stream":"b1.x"}']);
});

test('a session that cannot be renewed ends in every tab, and can begin again', async (t) => {
  const { storage, openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [200, ADA],
    'POST /session/renew': [401, {}],
    'POST /session': () => [200, ada(HOUR)],
  });
  storeSession(storage, ada(HOUR));
  const [one, other] = [openTab(), openTab()];
  await Promise.all([until(one, 'account'), until(other, 'account')]);
  assert.equal(await one.recover(), false);
  await until(other, 'ended');
  assert.deepEqual(one.snapshot(), { state: 'ended', username: 'ada' });
  await one.signIn({ login: 'ada', password: 'correct horse' });
  await until(other, 'account');
});

test('an account departs when it signs out or another one signs in, not when its session ends', async (t) => {
  let username = 'ada';
  const expiresAt = new Date(Date.now() + HOUR).toISOString();
  const { openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [401, {}],
    'POST /session': () => [200, { username, email: 'a@example.org', admin: false, expiresAt }],
    'POST /session/renew': [401, {}],
    'DELETE /session': [204],
  });
  const session = openTab();
  await until(session, 'guest');
  const signIn = () => session.signIn({ login: username, password: 'x' });
  await signIn();
  await session.recover();
  assert.equal(session.snapshot().state, 'ended');
  session.dismiss();
  await signIn();
  assert.equal(session.departures, 0);
  await session.recover();
  session.dismiss();
  username = 'bob';
  await signIn();
  assert.equal(session.departures, 1);
  await session.signOut();
  assert.equal(session.departures, 2);
});

test('a server that is down ends no session', async (t) => {
  let away = 3;
  const { storage, openTab } = await openBrowser(t, {
    'GET /session?guest=ok': () => (away-- > 0 ? [503, {}] : [200, ADA]),
    'POST /session/renew': [503, {}],
  });
  storeSession(storage, ada(HOUR));
  const session = openTab();
  await until(session, 'account');
  await assert.rejects(session.recover());
  assert.equal(session.snapshot().state, 'account');
});

test('a token that expired while the page was closed is renewed first, and streams are reopened', async (t) => {
  const { calls, storage, openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [200, ADA],
    'POST /session/renew': () => [200, { expiresAt: ada(HOUR).expiresAt }],
  });
  storeSession(storage, ada(-1));
  const late = openTab();
  await until(late, 'account');
  assert.deepEqual([calls.length, late.identity], [2, 1]);
  const next = openTab();
  await until(next, 'account');
  assert.deepEqual([calls.length, next.identity], [3, 0]);
});

test('before the server answers, the browser remembers whose page it is', async (t) => {
  const { storage, openTab } = await openBrowser(t, { 'GET /session?guest=ok': [200, ADA] });
  storeSession(storage, ada(HOUR));
  const session = openTab();
  assert.deepEqual(session.snapshot(), { state: 'unknown', username: 'ada' });
  await until(session, 'account');
});

test('a renewal after the token has expired counts as a new identity, one before it does not', async (t) => {
  let isAway = true;
  const { storage, openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [200, ADA],
    'POST /session/renew': () => (isAway ? [503, {}] : [200, { expiresAt: ada(HOUR).expiresAt }]),
  });
  const { expiresAt } = ada(1_500);
  storeSession(storage, { username: 'ada', expiresAt });
  const session = openTab();
  await until(session, 'account');
  while (Date.now() <= Date.parse(expiresAt)) await new Promise((go) => setTimeout(go, 20));
  assert.equal(session.identity, 0);
  isAway = false;
  let changes = 0;
  session.subscribe(() => changes++);
  assert.equal(await session.recover().catch(() => session.recover()), true);
  assert.deepEqual([session.identity, changes], [1, 1]);
  assert.equal(await session.recover(), true);
  assert.deepEqual([session.identity, changes], [1, 1]);
});

test('a page that began as a guest takes the session of another tab as a new identity', async (t) => {
  const { storage, openTab } = await openBrowser(t, {
    'GET /session?guest=ok': [200, ADA],
    'POST /session/renew': () => [200, { expiresAt: ada(HOUR).expiresAt }],
  });
  storeSession(storage, ada(-1));
  const [one, other] = [openTab(), openTab()];
  await Promise.all([until(one, 'account'), until(other, 'account')]);
  assert.deepEqual([one.identity, other.identity], [1, 1]);
});

test('a server that has too many requests is asked again', async (t) => {
  let refused = 2;
  const { openTab } = await openBrowser(t, {
    'GET /session?guest=ok': () => (refused-- > 0 ? [429, {}] : [200, ADA]),
    'POST /session/renew': () => [200, { expiresAt: ada(HOUR).expiresAt }],
  });
  await until(openTab(), 'account');
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { eventsPage } from '@parley/testkit/clients/event-log.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { CURL, needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const stack = new AsyncDisposableStack();
let open: Running;
let closed: Running;
let key: ReturnType<typeof tokenKeyFile>;

before(async () => {
  const folders = [stack.use(await temporaryFolder()), stack.use(await temporaryFolder())];
  const [first = '', second = ''] = folders.map(({ path }) => path);
  key = tokenKeyFile(first);
  const env = { TOKEN_KEY_FILE: key.file, CANARY_SECONDS: '0' };
  const started = [
    start('services/standalone', { ...env, DATA_DIR: first }),
    start('services/standalone', { ...env, DATA_DIR: second, AUTH: 'required' }),
  ] as const;
  [open, closed] = await Promise.all(started);
  stack.use(open);
  stack.use(closed);
});
after(() => stack.disposeAsync());

type Headers = Record<string, string>;

/** The status and the fields of an answer. */
interface Sent extends Record<string, unknown> {
  status: number;
}

/** Posts a body as `curl -d` does: as a form. */
async function send(
  to: Running,
  channel: string,
  body: string,
  headers: Headers = {},
): Promise<Sent> {
  const answer = await fetch(`${to.url}/chat/${channel}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  const fields = (await answer.json()) as Record<string, unknown>;
  return { ...fields, status: answer.status };
}

test("curl -d 'disk full' is a message by guest", needs('curl'), async () => {
  const url = `${open.url}/chat/alerts`;
  const curl = await promisify(execFile)(CURL, ['-sd', 'disk full: 100% + 5', url]);
  const receipt = JSON.parse(curl.stdout);
  assert.deepEqual([receipt.username, receipt.message], ['guest', 'disk full: 100% + 5']);
  const { events } = await eventsPage(open.url, 'alerts');
  assert.deepEqual(
    events.map((event) => event.kind === 'message' && [event.username, event.message]),
    [['guest', 'disk full: 100% + 5']],
  );
});

test('with a token the message has the name of the token', async () => {
  for (const to of [open, closed]) {
    const named = await send(to, 'named', 'disk full', key.headersOf('p', { name: 'disk-watch' }));
    assert.deepEqual([named.status, named.username], [201, 'disk-watch']);
    const unnamed = await send(to, 'named', 'disk full', key.headersOf('p'));
    assert.deepEqual([unnamed.status, unnamed.username], [201, 'guest']);
  }
});

test('a repeat with the same key stores nothing', async () => {
  const headers = { 'Idempotency-Key': 'k1' };
  const first = await send(open, 'keyed', 'disk full', headers);
  const again = await send(open, 'keyed', 'disk full', headers);
  assert.deepEqual([first.status, again.status, again.id], [201, 200, first.id]);
});

test('where AUTH=required a message without a token is refused', async () => {
  const { status, code } = await send(closed, 'alerts', 'disk full');
  assert.deepEqual([status, code], [401, 'unauthenticated']);
  assert.equal((await send(closed, 'alerts', 'disk full', key.headersOf('p'))).seq, 1);
});

test('when an account has the name guest, only that account can post without fields', async () => {
  const answer = await fetch(`${open.url}/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      username: 'Guest',
      email: 'guest@example.org',
      password: 'correct horse battery staple',
    }),
  });
  assert.equal(answer.status, 201);
  const { token } = (await answer.json()) as { token: string };
  const { status, code } = await send(open, 'taken', 'disk full');
  assert.deepEqual([status, code], [403, 'name-taken']);
  const own = await send(open, 'taken', 'disk full', { Authorization: `Bearer ${token}` });
  assert.deepEqual([own.status, own.username, own.seq], [201, 'Guest', 1]);
});

import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  const env = { DATA_DIR: folder.path, ALLOWED_HOSTS: 'my.host' };
  parley = stack.use(await startBare('services/standalone', env));
});
after(() => stack.disposeAsync());

/** Sends exactly these headers, which `fetch` cannot. */
function ask(method: string, path: string, headers: Record<string, string>, body = '') {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    httpRequest(parley.url + path, { method, headers }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode ?? 0, text });
    })
      .on('error', reject)
      .end(body);
  });
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const PATHS = [
  '/',
  '/lobby',
  '/chat',
  '/chat/lobby',
  '/chat/lobby/events',
  '/broadcast/lobby',
  '/broadcast/lobby/presence',
  '/session',
  '/metrics',
  '/readyz',
  '/openapi.yaml',
  '/nothing',
];
const WEB_SOCKETS: [path: string, headers: Record<string, string>][] = [
  ['/broadcast/lobby/ws', {}],
  ['/mqtt', { 'Sec-WebSocket-Protocol': 'mqtt' }],
];

test('on loopback a page under a rebound DNS name can read nothing on any path', async () => {
  const port = new URL(parley.url).port;
  for (const Host of [`evil.example:${port}`, 'evil.example', '192.0.2.1']) {
    const headers = { Host, Origin: `http://${Host}` };
    for (const path of PATHS) {
      const { status, text } = await ask('GET', path, headers);
      assert.equal(status, 421, path);
      assert.equal(JSON.parse(text).code, 'host-refused');
    }
    const fields = 'username=eve&message=hi';
    assert.equal((await ask('POST', '/chat/rebound', { ...headers, ...FORM }, fields)).status, 421);
    for (const [path, more] of WEB_SOCKETS)
      assert.equal((await upgrade(parley.url, path, { ...headers, ...more })).status, 421, path);
  }
  assert.deepEqual(await wholeLog(parley.url, 'rebound'), []);
});

test('every path answers the names of loopback and those of ALLOWED_HOSTS', async () => {
  for (const Host of ['localhost:5173', 'my.host', 'my.host:8443', '[::1]:80']) {
    const headers = { Host, Origin: `http://${Host}` };
    for (const path of ['/chat', '/session', '/metrics', '/openapi.yaml'])
      assert.notEqual((await ask('GET', path, headers)).status, 421, path);
    for (const [path, more] of WEB_SOCKETS)
      assert.equal((await upgrade(parley.url, path, { ...headers, ...more })).status, 101, path);
    const fields = 'username=ada&message=hi';
    const posted = await ask('POST', '/chat/named', { ...headers, ...FORM }, fields);
    assert.equal(posted.status, 201, posted.text);
  }
});

test('a form on a page of another site stores nothing, in any way of posting', async () => {
  const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
  for (const [type, body] of [
    ['application/x-www-form-urlencoded', 'username=eve&message=hi'],
    ['application/json', '{"username":"eve","message":"hi"}'],
    ['text/plain', 'hi'],
  ] as const) {
    const headers = { ...foreign, 'Content-Type': type };
    const { status, text } = await ask('POST', '/chat/foreign?username=eve', headers, body);
    assert.deepEqual([status, JSON.parse(text).code], [403, 'origin-refused']);
  }
  for (const [path, more] of WEB_SOCKETS)
    assert.equal((await upgrade(parley.url, path, { ...foreign, ...more })).status, 403, path);
  assert.deepEqual(await wholeLog(parley.url, 'foreign'), []);
});

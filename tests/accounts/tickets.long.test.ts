import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { SocketReader, upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let parley: Running;
/** A chat in its own process, so that a broadcast elsewhere redeems tickets there. */
let chat: Running;
let privatePem: string;
let key: SigningKey;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(
    await start('services/standalone', { DATA_DIR: folder.path, AUTH: 'required' }),
  );
  privatePem = readFileSync(`${folder.path}/token.key`, 'utf8');
  key = openSigningKey(privatePem);
  const broker = stack.use(await start('broker', {}));
  chat = stack.use(
    await start('services/chat', {
      MQTT_URL: broker.ready.mqtt ?? '',
      STORE_URL: `sqlite:${folder.path}/chat.db`,
      TOKEN_KEY_FILE: `${folder.path}/token.key`,
      AUTH: 'required',
      LOG_LEVEL: 'trace',
    }),
  );
});
after(() => stack.disposeAsync());

interface Issued {
  ticket: string;
  expiresAt: string;
}

const tokenOf = (claims: object = {}, lifeSeconds = 600) =>
  key.sign({ sub: 'ada', publish: ['**'], subscribe: ['**'], ...claims }, lifeSeconds);

function askTicket(token: string | undefined, url = parley.url): Promise<Response> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return fetch(`${url}/tickets`, { method: 'POST', headers });
}

async function newTicket(token = tokenOf(), url = parley.url): Promise<string> {
  const response = await askTicket(token, url);
  assert.equal(response.status, 201);
  return ((await response.json()) as Issued).ticket;
}

async function open(ticket: string, channel = 'x', headers: Record<string, string> = {}) {
  const response = await fetch(`${parley.url}/broadcast/${channel}?ticket=${ticket}`, { headers });
  const { status } = response;
  const code = status < 300 ? undefined : ((await response.json()) as { code: string }).code;
  if (status < 300) await response.body?.cancel();
  return { status, code };
}

function redeem(
  ticket: unknown,
  {
    type = 'application/json',
    url = chat.url,
    headers = {},
  }: { type?: string; url?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${url}/tickets/redeem`, {
    method: 'POST',
    headers: { 'Content-Type': type, ...headers },
    body: JSON.stringify({ ticket }),
  });
}

const REFUSED = { status: 401, code: 'invalid-ticket' };

test('a ticket opens one stream and no second one, of either kind', async () => {
  const ticket = await newTicket();
  assert.deepEqual(await open(ticket), { status: 200, code: undefined });
  assert.deepEqual(await open(ticket), REFUSED);
  assert.equal((await upgrade(parley.url, `/broadcast/x/ws?ticket=${ticket}`)).status, 401);
  const other = await newTicket();
  assert.equal((await upgrade(parley.url, `/broadcast/x/ws?ticket=${other}`)).status, 101);
  assert.deepEqual(await open(other), REFUSED);
});

test('of 20 simultaneous redemptions of a ticket one gets a token', async () => {
  for (let round = 0; round < 5; round++) {
    const ticket = await newTicket(tokenOf(), chat.url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(ticket)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 401)]);
  }
});

test('if chat and broadcast are one process no other process can redeem tickets', async () => {
  const ticket = await newTicket();
  for (const headers of [{}, { 'X-Parley-Process': '' }, { 'X-Parley-Process': 'guessed' }]) {
    assert.equal((await redeem(ticket, { url: parley.url, headers })).status, 404);
  }
  assert.deepEqual(await open(ticket), { status: 200, code: undefined });
});

test('a ticket has the claims of its token and does not outlive it', async () => {
  const given = tokenOf({ name: 'eve', sid: 's-1', role: 'admin', publish: ['a.*'] }, 20);
  const response = await askTicket(given, chat.url);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const { ticket, expiresAt } = (await response.json()) as Issued;
  const { token } = (await (await redeem(ticket)).json()) as { token: string };
  const claimsOf = (jwt: string) => {
    const { iat, ...claims } = JSON.parse(
      String(Buffer.from(jwt.split('.')[1] ?? '', 'base64url')),
    );
    return claims;
  };
  assert.deepEqual(claimsOf(token), claimsOf(given));
  assert.equal(Date.parse(expiresAt), claimsOf(given).exp * 1000);
  const long = (await (await askTicket(tokenOf())).json()) as Issued;
  const lifeMs = Date.parse(long.expiresAt) - Date.now();
  assert.ok(lifeMs > 20_000 && lifeMs <= 30_000, `it is valid for ${lifeMs} ms`);
});

test('an expired ticket opens nothing', async () => {
  const response = await askTicket(tokenOf({}, 2));
  const { ticket, expiresAt } = (await response.json()) as Issued;
  await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt) - Date.now() + 5));
  assert.deepEqual(await open(ticket), REFUSED);
});

test('a ticket that was never issued opens nothing', async () => {
  const issued = await newTicket();
  const last = issued.endsWith('A') ? 'E' : 'A';
  const forged = ['', 'x', 'A'.repeat(43), issued.slice(0, -1) + last, `${issued}A`, tokenOf()];
  for (const ticket of forged) {
    assert.deepEqual(await open(ticket), REFUSED, ticket);
    assert.equal((await redeem(ticket)).status, 401, ticket);
  }
  assert.deepEqual(await open(`${issued}&ticket=${issued}`), REFUSED);
  assert.equal((await redeem(7)).status, 400);
  assert.equal((await redeem(issued, { type: 'text/plain' })).status, 415);
  assert.equal((await open(issued)).status, 200);
});

test('a ticket gives no right that its token does not have', async () => {
  const ticket = await newTicket(tokenOf({ subscribe: ['team.*'] }));
  assert.deepEqual(await open(ticket, 'lobby'), { status: 403, code: 'forbidden' });
});

test('a ticket takes precedence over a header, and a refused request does not use it up', async () => {
  const ticket = await newTicket();
  assert.equal((await open(`${ticket}&last=many`)).status, 400);
  assert.equal((await open(ticket, 'chat')).status, 400);
  assert.equal((await open(ticket, 'x', { Authorization: 'Bearer forged' })).status, 200);
  const reader = { Authorization: `Bearer ${tokenOf()}` };
  assert.deepEqual(await open(ticket, 'x', reader), REFUSED);
});

test('a WebSocket opened by ticket posts under the name of its token', async () => {
  const ticket = await newTicket(tokenOf({ name: 'eve' }));
  using socket = new SocketReader(parley.url, 'talk', `?ticket=${ticket}`);
  await socket.receivedFrame('hello');
  socket.send({ type: 'message', message: 'hi' });
  await socket.received(1);
  assert.equal(socket.events[0]?.username, 'eve');
});

test('without a token there is no ticket', async () => {
  const response = await askTicket(undefined);
  assert.equal(response.status, 401);
  assert.equal(((await response.json()) as { code: string }).code, 'unauthenticated');
  assert.equal((await askTicket(`${tokenOf()}x`)).status, 401);
  assert.equal((await fetch(`${parley.url}/tickets`)).status, 405);
});

test('a ticket is in no log and no answer', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(`${folder.path}/token.key`, privatePem, { mode: 0o600 });
  const env = { DATA_DIR: folder.path, LOG_LEVEL: 'debug' };
  await using talkative = await start('services/standalone', env);
  const ticket = await newTicket(tokenOf(), talkative.url);
  using socket = new SocketReader(talkative.url, 'x', `?ticket=${ticket}&lastEventId=nonsense`);
  await socket.receivedFrame('reset');
  const again = await fetch(`${talkative.url}/broadcast/again?ticket=${ticket}`);
  const answers = [JSON.stringify(socket.others), await again.text()];
  const log = () => talkative.output.join('\n');
  await until('both requests are in the log', () =>
    ['/tickets/redeem', '/broadcast/again'].every((path) => log().includes(`"path":"${path}`)),
  );
  for (const text of [log(), ...answers]) assert.ok(!text.includes(ticket));
});

test('neither a request to redeem nor the resulting token is in the log', async () => {
  const ticket = await newTicket(tokenOf(), chat.url);
  const { token } = (await (await redeem(ticket)).json()) as { token: string };
  const canary = 'canary-5c0e';
  for (const wrong of [canary, [canary], { [canary]: canary }]) {
    assert.ok((await redeem(wrong)).status >= 400);
    await redeem(wrong, { type: canary });
  }
  const marked = { headers: { 'X-Request-Id': 'the-last-one' } };
  await redeem(7, marked);
  const log = () => chat.output.join('\n');
  await until('the last request is in the log', () => log().includes('the-last-one'));
  for (const secret of [ticket, token.split('.').at(-1) ?? '', canary])
    assert.ok(!log().includes(secret));
});

test('without a signing key there are no tickets, and the answer names the missing setting', async () => {
  await using folder = await temporaryFolder();
  await using broker = await start('broker', {});
  await using chat = await start('services/chat', {
    MQTT_URL: broker.ready.mqtt ?? '',
    STORE_URL: `sqlite:${folder.path}/parley.db`,
  });
  const response = await askTicket(undefined, chat.url);
  assert.equal(response.status, 404);
  assert.match(((await response.json()) as { detail: string }).detail, /TOKEN_KEY_FILE/);
  await using broadcast = await start('services/broadcast', {
    MQTT_URL: broker.ready.mqtt ?? '',
    CHAT_URL: chat.url,
  });
  const asked = await fetch(`${broadcast.url}/broadcast/x?ticket=${'A'.repeat(43)}`);
  assert.equal(((await asked.json()) as { code: string }).code, 'invalid-ticket');
});

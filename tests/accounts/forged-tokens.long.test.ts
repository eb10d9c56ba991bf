import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { eventsPageSchema } from '@parley/contract/events/events-page.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { connectWithToken } from '@parley/testkit/clients/device.ts';
import { upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { forgeTokens } from '@parley/testkit/credentials/forged-tokens.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { ANSWERS, type Request, STREAMS } from './matrix/reads.ts';

const stack = new AsyncDisposableStack();
const deployments = new Map<string, Running>();
let mqttUrl: string;
let genuine: string;
let forged: [what: string, token: string][];

before(async () => {
  const folder = stack.use(await temporaryFolder()).path;
  const port = await freePort();
  const env = { DATA_DIR: folder, MQTT_PORT: String(port), AUTH: 'required' };
  mqttUrl = `mqtt://127.0.0.1:${port}`;
  deployments.set('required', stack.use(await start('services/standalone', env)));
  const TOKEN_KEY_FILE = `${folder}/token.key`;
  const DATA_DIR = stack.use(await temporaryFolder()).path;
  const open = await start('services/standalone', { DATA_DIR, TOKEN_KEY_FILE });
  deployments.set('open', stack.use(open));
  const pem = readFileSync(TOKEN_KEY_FILE, 'utf8');
  forged = Object.entries(forgeTokens(pem));
  const everything = { sub: 'root', publish: ['**'], subscribe: ['**'] };
  genuine = openSigningKey(pem).sign(everything, 600);
  assert.ok(forged.length >= 40);
});
after(() => stack.disposeAsync());

const deployment = (auth: string) => deployments.get(auth) as Running;

/** How a request shows a token: headers, or the query of a stream's address. */
interface Shown {
  headers: Record<string, string>;
  query: string;
}
const asBearer = (token: string): Shown => ({
  headers: { Authorization: `Bearer ${token}` },
  query: '',
});
const asCookie = (token: string): Shown => ({
  headers: { Cookie: `parley-token=${token}` },
  query: '',
});
const asTicket = (token: string): Shown => ({ headers: {}, query: `ticket=${token}` });

const postMessage = async (url: string, { headers }: Shown) =>
  (await ask('POST', `${url}/chat/forged`, headers, { username: 'guest', message: 'hi' })).status;

/** Every way to read and to post; each resolves with the status of the answer. */
const ASKING: Record<string, (url: string, shown: Shown) => Promise<number>> = {
  post: postMessage,
  ticket: async (url, { headers }) => (await ask('POST', `${url}/tickets`, headers)).status,
};
for (const [way, requestOf] of Object.entries(ANSWERS)) {
  ASKING[way] = (url, { headers }) => statusOf(url, requestOf('forged'), headers);
}
/** Streams, which also accept tickets. */
const STREAMING: typeof ASKING = {};
for (const [way, open] of Object.entries(STREAMS)) {
  const { query, lastEventId } = open('epoch:1');
  const position: Record<string, string> = lastEventId ? { 'Last-Event-ID': lastEventId } : {};
  const path = (shown: Shown) => [query, shown.query].filter((part) => part !== '').join('&');
  STREAMING[`SSE ${way}`] = (url, shown) =>
    statusOf(
      url,
      { method: 'GET', path: `/broadcast/forged?${path(shown)}` },
      { ...position, ...shown.headers },
    );
  STREAMING[`WebSocket ${way}`] = async (url, shown) => {
    const headers = { ...position, ...shown.headers };
    return (await upgrade(url, `/broadcast/forged/ws?${path(shown)}`, headers)).status;
  };
}

async function statusOf(
  url: string,
  { method, path }: Request,
  headers: Record<string, string>,
): Promise<number> {
  const response = await fetch(url + path, { method, headers });
  await response.body?.cancel();
  return response.status;
}

/** Node's parser refuses headers that are too long before Parley reads the token. */
const refusals = (what: string) => (what === 'far too long' ? [401, 414, 431] : [401]);

/**
 * Every way must refuse each forged token and, unless shown as a ticket, accept the genuine one.
 */
async function assertRefused(ways: typeof ASKING, show: (token: string) => Shown): Promise<void> {
  const { url } = deployment('required');
  for (const [way, open] of Object.entries(ways)) {
    for (const [what, token] of forged) {
      const status = await open(url, show(token));
      assert.ok(refusals(what).includes(status), `${way}: ${what}: ${status}`);
    }
    const taken = show === asTicket ? [401] : [101, 200, 201];
    assert.ok(taken.includes(await open(url, show(genuine))), `${way}: genuine`);
  }
}

test('with AUTH=required a forged or misused bearer is refused in every way', () =>
  assertRefused({ ...ASKING, ...STREAMING }, asBearer));
test('with AUTH=required a forged or misused cookie is refused in every way', () =>
  assertRefused({ ...ASKING, ...STREAMING }, asCookie));
test('no token is accepted as a ticket, whether forged or genuine', () =>
  assertRefused(STREAMING, asTicket));

test('with AUTH=open a forged bearer or ticket is refused, and a forged cookie is ignored', async () => {
  const { url } = deployment('open');
  for (const [way, open] of Object.entries({ post: postMessage, ...STREAMING })) {
    const refused = way === 'post' ? [asBearer] : [asBearer, asTicket];
    for (const [what, token] of forged) {
      for (const show of refused) {
        const status = await open(url, show(token));
        assert.ok(refusals(what).includes(status), `${way}: ${what}: ${status}`);
      }
      const status = await open(url, asCookie(token));
      const taken = what === 'far too long' ? [431] : [101, 200, 201];
      assert.ok(taken.includes(status), `${way}: ${what} as a cookie: ${status}`);
    }
  }
});

for (const auth of ['open', 'required']) {
  test(`with AUTH=${auth} a forged token as a cookie opens no session`, async () => {
    for (const [what, token] of forged) {
      if (what === 'far too long') continue;
      const browser = new BrowserSession(deployment(auth).url);
      browser.setCookie('parley-token', token);
      const { body } = await browser.send('GET', '/session');
      assert.equal(body.code, 'unauthenticated', what);
    }
  });
}

test('only the messages of the genuine token were stored, as bearer and as cookie', async () => {
  const { url } = deployment('required');
  const { body } = await ask('GET', `${url}/chat/forged/events`, asBearer(genuine).headers);
  assert.equal(eventsPageSchema.parse(body).events.length, 2);
});

/** Connects with this token; rejects if the broker refuses it. */
const connectDevice = (token?: string) => connectWithToken(mqttUrl, token);

test('MQTT refuses clients without a token and with any of the forged ones', async () => {
  await assert.rejects(connectDevice(), /Not authorized/);
  for (const [what, token] of forged) {
    await assert.rejects(connectDevice(token), /Not authorized/, what);
  }
  await (await connectDevice(genuine)).endAsync(true);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { metric } from '@parley/testkit/metric.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { openTab, shows } from './open-tab.ts';

/** Broadcast remembers 1 MB of a channel; these are more than twice as many bytes. */
const MANY = 600;
const TEXT = 'x'.repeat(4_000);
const TOKEN_SECONDS = 4;

const stack = new AsyncDisposableStack();
let parley: Running;
let keyFile: string;
let key: SigningKey;
/** The link between the sleeping client and the server. */
let link: LinkProxy;

before(async () => {
  const { path } = stack.use(await temporaryFolder());
  const env = { DATA_DIR: path, CANARY_SECONDS: '0', HEARTBEAT_SECONDS: '1', AUTH: 'required' };
  parley = stack.use(await start('services/standalone', env));
  keyFile = `${path}/token.key`;
  key = openSigningKey(readFileSync(keyFile, 'utf8'));
});
beforeEach(async () => {
  link = stack.use(await LinkProxy.open([Number(new URL(parley.url).port)]));
});
after(() => stack.disposeAsync());

const sign = (lifeSeconds: number) =>
  key.sign({ sub: 'bob', name: 'bob', publish: ['**'], subscribe: ['**'] }, lifeSeconds);

/** Posts messages in one request. */
async function postMany(channel: string, count: number): Promise<void> {
  const line = JSON.stringify({ channel, message: TEXT });
  const answer = await fetch(`${parley.url}/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson', Authorization: `Bearer ${sign(600)}` },
    body: Array.from({ length: count }, () => line).join('\n'),
  });
  const statuses = (await answer.text()).trim().split('\n');
  assert.deepEqual(
    statuses.filter((one) => !one.includes('"status":201')),
    [],
  );
}

/** What happens while the client sleeps: many posts, and its token ends, so that its stream is closed. */
async function anHour(big: string, small: string): Promise<void> {
  await postMany(big, MANY);
  await postMany(small, 2);
  await until('the streams have ended', async () => {
    return (await metric(parley.url, 'parley_streams_open')) === 0;
  });
}

/**
 * Simulated: the process is stopped, and its connection gets neither data nor an end after it wakes.
 * The sleep takes seconds: a token of 4 s ends, and broadcast no longer has the position in memory.
 */
test('a Node process that was stopped gets everything it missed, by a new token', async () => {
  const file = fileURLToPath(new URL('sleeper.ts', import.meta.url));
  const address = `http://127.0.0.1:${link.port}`;
  const child = spawn(process.execPath, [file, address, keyFile, 'node-big', 'node-small']);
  const ended = once(child, 'close');
  await using _ended = {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (some) => {
    text += some;
  });
  const lines = () => text.trimEnd().split('\n');
  const wrote = (line: string) => until(`it writes ${line}`, () => lines().includes(line), 40_000);
  const count = (line: string) => lines().filter((one) => one === line).length;
  await wrote('live');
  for (const name of ['node-big', 'node-small']) await postMany(name, 1);
  for (const name of ['node-big', 'node-small']) await wrote(`${name} 1`);
  link.hold();
  child.kill('SIGSTOP');
  const tokens = count('token');
  await anHour('node-big', 'node-small');
  link.healForNew();
  child.kill('SIGCONT');
  await wrote(`node-big ${MANY + 1}`);
  for (const name of ['node-big', 'node-small']) await postMany(name, 1);
  await wrote(`node-big ${MANY + 2}`);
  await wrote('node-small 4');
  for (const [name, last] of Object.entries({ 'node-big': MANY + 2, 'node-small': 4 })) {
    const events = lines().filter((line) => line.startsWith(name));
    assert.deepEqual(
      events,
      Array.from({ length: last }, (_, i) => `${name} ${i + 1}`),
    );
  }
  assert.ok(count('token') > tokens, 'it has a new token');
});

/**
 * Simulated: all processes of Chromium are stopped, and their connections get neither data nor an
 * end after they wake, until a page sends on one. The pages' clock (dates and timers, by Playwright) jumps an hour: timers that
 * are due run once. The server's clock does not jump, and a token of 4 s ends.
 */
test('tabs that slept an hour get everything they missed', needs('chromium'), async () => {
  // The argument gives this test a browser of its own.
  await using browser = await launchBrowser(['--mute-audio']);
  const context = await browser.newContext();
  await context.clock.install();
  let tokens = 0;
  const token = () => {
    tokens++;
    return sign(TOKEN_SECONDS);
  };
  const address = `http://127.0.0.1:${link.port}`;
  const leader = await openTab(context, address, ['tab-big'], { token });
  const follower = await openTab(context, address, ['tab-big', 'tab-small'], { token });
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const { id } of processInfo) process.kill(id, name);
  };
  for (const name of ['tab-big', 'tab-small']) await postMany(name, 1);
  await shows(leader, { 'tab-big': 1 });
  await shows(follower, { 'tab-big': 1, 'tab-small': 1 });
  const before = tokens;
  link.hold();
  signal('SIGSTOP');
  await anHour('tab-big', 'tab-small').finally(() => signal('SIGCONT'));
  link.healForNew();
  await context.clock.fastForward('01:00:00');
  // Chromium uses its idle connections, which are silent now; the client ends each request after 15 s.
  await shows(leader, { 'tab-big': MANY + 1 }, 120_000);
  for (const name of ['tab-big', 'tab-small']) await postMany(name, 1);
  await shows(leader, { 'tab-big': MANY + 2 });
  await shows(follower, { 'tab-big': MANY + 2, 'tab-small': 4 });
  assert.ok(tokens > before, 'they have a new token');
});

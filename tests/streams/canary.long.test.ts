import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** A canary in 2 s; the check fails 6 s after the last one has arrived. */
const CANARY_SECONDS = '2';
const RED_WITHIN_MS = 15_000;

interface Parts {
  broker: Running;
  chat: Running;
  broadcast: Running;
}

async function startChat(stack: AsyncDisposableStack, broker: Running): Promise<Running> {
  const folder = stack.use(await temporaryFolder());
  const STORE_URL = `sqlite:${folder.path}/parley.db`;
  return stack.use(await start('services/chat', { MQTT_URL: broker.ready.mqtt ?? '', STORE_URL }));
}

async function startParts(
  t: TestContext,
  throughWhat = async (chat: Running, _stack: AsyncDisposableStack) => chat.url,
): Promise<Parts> {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const broker = stack.use(await start('broker', {}));
  const chat = await startChat(stack, broker);
  const broadcast = stack.use(
    await start('services/broadcast', {
      MQTT_URL: broker.ready.mqtt ?? '',
      CHAT_URL: await throughWhat(chat, stack),
      SERVER_NAME: 'broadcast-1',
      CANARY_SECONDS,
    }),
  );
  return { broker, chat, broadcast };
}

async function checks(part: Running): Promise<Record<string, string>> {
  const answer = await fetch(`${part.url}/readyz`);
  return ((await answer.json()) as { checks: Record<string, string> }).checks;
}

const arrived = ({ url }: Running) => metric(url, 'parley_canary_seconds_count');
const canaryIs = (part: Running, state: string, limitMs?: number) =>
  until(`the canary is ${state}`, async () => (await checks(part)).canary === state, limitMs);

test('canaries arrive without any reader, and the channel list does not name their channel', async (t) => {
  const { chat, broadcast } = await startParts(t);
  assert.equal((await checks(broadcast)).canary, 'ok');
  await until('two have arrived', async () => (await arrived(broadcast)) >= 2);
  const [first] = await wholeLog(chat.url, CANARY_CHANNEL);
  assert.equal(first?.username, 'canary@broadcast-1');
  await post(chat.url, 'lobby', 'hi');
  const list = (await (await fetch(`${chat.url}/chat`)).json()) as ChannelList;
  assert.deepEqual(
    list.channels.map(({ channel }) => channel),
    ['lobby'],
  );
  assert.equal(await metric(broadcast.url, 'parley_canary_failures_total'), 0);
});

test('readiness fails soon after chat freezes, and recovers once chat goes on', async (t) => {
  const { chat, broadcast } = await startParts(t);
  await until('one has arrived', async () => (await arrived(broadcast)) >= 1);
  process.kill(chat.pid, 'SIGSTOP');
  await canaryIs(broadcast, 'failed', RED_WITHIN_MS);
  assert.equal(await metric(broadcast.url, 'parley_check_ok{check="canary"}'), 0);
  process.kill(chat.pid, 'SIGCONT');
  await canaryIs(broadcast, 'ok');
});

test('without the broker canaries still arrive, through the log', async (t) => {
  const { broker, broadcast } = await startParts(t);
  await until('one has arrived', async () => (await arrived(broadcast)) >= 1);
  await broker.end('SIGKILL');
  await until('the bus is down', async () => (await checks(broadcast))['broadcast-bus'] !== 'ok');
  const before = await arrived(broadcast);
  await until('five more have arrived', async () => (await arrived(broadcast)) >= before + 5);
  assert.equal((await checks(broadcast)).canary, 'ok');
});

test('only the canary detects messages that are accepted and never arrive', async (t) => {
  const { broadcast } = await startParts(t, async (chat, stack) => {
    const elsewhere = await startChat(stack, stack.use(await start('broker', {})));
    return misroute(stack, { posts: elsewhere, rest: chat });
  });
  await canaryIs(broadcast, 'failed', RED_WITHIN_MS);
  assert.deepEqual(await checks(broadcast), { log: 'ok', 'broadcast-bus': 'ok', canary: 'failed' });
});

/**
 * A proxy in front of chat that sends posts to another chat, and all other requests to this one.
 */
async function misroute(
  stack: AsyncDisposableStack,
  { posts, rest }: { posts: Running; rest: Running },
): Promise<string> {
  const proxy = createServer((request, response) => {
    const { method, headers } = request;
    const target = new URL(request.url ?? '', method === 'POST' ? posts.url : rest.url);
    const onward = httpRequest(target, { method: method ?? '', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  stack.defer(() => proxy.closeAllConnections());
  stack.defer(() => void proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { startReceiver } from './receiver.ts';

test('services of their own share the hooks, and another goes on when one is killed', async () => {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  const use = async (program: Parameters<typeof start>[0], env: Record<string, string>) =>
    stack.use(await start(program, env));
  const broker = await use('broker', {});
  const MQTT_URL = String(broker.ready.mqtt);
  const key = tokenKeyFile(path);
  const chatEnv = { MQTT_URL, DATA_DIR: path, TOKEN_KEY_FILE: key.file };
  const chat = await use('services/chat', chatEnv);
  const root = key.headersOf('root', { role: 'admin' });
  const env = {
    MQTT_URL,
    CHAT_URL: chat.url,
    CHAT_TOKEN: key.headersOf('hooks').Authorization.replace('Bearer ', ''),
    STORE_URL: `sqlite:${path}/hooks.db`,
    HOOKS_ALLOW: '127.0.0.1',
  };
  const replicas: Running[] = [await use('services/hooks', env), await use('services/hooks', env)];
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const receiver = stack.use(await startReceiver(secret));
  const put = await fetch(`${replicas[0]?.url}/hooks/one`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...root },
    body: JSON.stringify({ url: receiver.url, channels: ['lobby'], secret }),
  });
  assert.equal(put.status, 201, await put.text());
  const audit = await fetch(`${chat.url}/audit`, { headers: root });
  assert.match(await audit.text(), /"by":"root".*"act":"put-hook"/);

  const came = (count: number) =>
    until(`${count} came`, () => receiver.accepted().length === count);
  await post(chat.url, 'lobby', 'one');
  await came(1);
  const begun = performance.now();
  await post(chat.url, 'lobby', 'two');
  await came(2);
  assert.ok(performance.now() - begun < 5_000, 'the bus wakes the hooks');
  assert.equal(await replicas[0]?.end('SIGKILL'), 'SIGKILL');
  await post(chat.url, 'lobby', 'three');
  await came(3);
  await chat.end('SIGKILL');
  await use('services/chat', { ...chatEnv, PORT: new URL(chat.url).port });
  await post(chat.url, 'lobby', 'four');
  await came(4);
  assert.equal(await replicas[1]?.end('SIGTERM'), 0);
  // The first one may have died after a delivery, before it kept the position.
  const messages = new Map(receiver.received.map(({ id, message }) => [id, message]));
  assert.deepEqual([...messages.values()], ['one', 'two', 'three', 'four']);
});

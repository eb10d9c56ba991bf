import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { range } from '@parley/testkit/range.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { makeTokenFiles } from '../../tools/secrets/token-files.ts';
import { JSON_TYPE } from './hook-senders.ts';

const ALERTS = 12;
const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const folder = stack.use(await temporaryFolder()).path;
const files = makeTokenFiles(() => undefined);
const keyFile = `${folder}/token.key`;
writeFileSync(keyFile, String(files['token.key']), { mode: 0o600 });
const everywhere = { publish: ['**'], subscribe: ['**'] };
const administrator = openSigningKey(String(files['token.key'])).sign(
  { sub: 'root', role: 'admin', ...everywhere },
  600,
);
const headers = { Authorization: `Bearer ${administrator}`, ...JSON_TYPE };
const broker = stack.use(await start('broker', {}));
const bus = { MQTT_URL: broker.ready.mqtt ?? '', AUTH: 'required' };
const chat = stack.use(
  await start('services/chat', {
    ...bus,
    STORE_URL: `sqlite:${folder}/chat.db`,
    TOKEN_KEY_FILE: keyFile,
  }),
);

interface Message {
  kind: string;
  message: string;
}

async function messagesOf(channel: string): Promise<Message[]> {
  const answer = await fetch(`${chat.url}/chat/${channel}/events?after=0&limit=1000`, { headers });
  const { events } = (await answer.json()) as { events: Message[] };
  return events.filter(({ kind }) => kind === 'message');
}

const alert = (i: number, status: 'firing' | 'resolved') =>
  JSON.stringify({
    groupKey: 'group',
    alerts: [
      {
        status,
        labels: { alertname: `Disk${i}` },
        startsAt: '2026-11-30T04:51:02Z',
        endsAt: '2026-11-30T05:03:02Z',
        fingerprint: `f${i}`,
      },
    ],
  });

for (const { name, makeUrl, options } of storeKinds()) {
  test(
    `${name}: two replicas keep one message for each alert, also when one is killed`,
    options,
    async (t) => {
      const channel = name.toLowerCase();
      const settings = {
        ...bus,
        STORE_URL: await makeUrl(t),
        CHAT_URL: chat.url,
        CHAT_TOKEN: String(files.hooks_token),
        HOOK_POSTS: '0',
      };
      const one = await start('services/hooks', settings);
      await using two = await start('services/hooks', settings);
      const made = await fetch(`${one.url}/hooks/in/alerts`, {
        method: 'PUT',
        headers,
        body: JSON.stringify({ channel }),
      });
      assert.equal(made.status, 201);
      const { path } = (await made.json()) as { path: string };

      const isTaken = (replica: Running, body: string, more: Record<string, string> = {}) =>
        fetch(replica.url + path, {
          method: 'POST',
          headers: { ...JSON_TYPE, ...more },
          body,
        }).then(
          async (answer) => (await answer.text()) !== '' && answer.status === 200,
          () => false,
        );
      // As Alertmanager does, to another replica too when the first does not answer.
      const deliver = async (replica: Running, body: string, more?: Record<string, string>) =>
        until(
          'the delivery is accepted',
          async () => (await isTaken(replica, body, more)) || (await isTaken(two, body, more)),
        );
      const race = (i: number) => [
        deliver(one, alert(i, i % 2 === 0 ? 'firing' : 'resolved')),
        deliver(two, alert(i, i % 2 === 0 ? 'resolved' : 'firing')),
        deliver(one, JSON.stringify({ zen: 'x' }), {
          'X-GitHub-Event': 'ping',
          'X-GitHub-Delivery': `${i}`,
        }),
        deliver(two, JSON.stringify({ zen: 'x' }), {
          'X-GitHub-Event': 'ping',
          'X-GitHub-Delivery': `${i}`,
        }),
      ];
      const racing = range(1, ALERTS).flatMap(race);
      await until('some are posted', async () => (await messagesOf(channel)).length > ALERTS / 2);
      assert.equal(await one.end('SIGKILL'), 'SIGKILL');
      await Promise.all(racing);

      const texts = (await messagesOf(channel)).map(({ message }) => message.split('\n', 1)[0]);
      const expected = range(1, ALERTS).flatMap((i) => [
        `🟢 RESOLVED: Disk${i}`,
        'GitHub: GitHub is connected',
      ]);
      assert.deepEqual(texts.sort(), expected.sort());
    },
  );
}

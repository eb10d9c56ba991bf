import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { postUntilAcknowledged } from '@parley/testkit/clients/post.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { startPostgres } from '@parley/testkit/databases/databases.ts';
import { busOf } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { startParleyBroker } from '@parley/testkit/mqtt-brokers/parley.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { startReceiver } from './receiver.ts';

const CHANNELS = ['one', 'two'];
/** Messages of each channel between two cuts. */
const MESSAGES = 10;

test(
  'the broker and the database go away, and every event is delivered in order',
  needs('postgresql'),
  async () => {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder());
    const broker = stack.use(await startParleyBroker());
    const database = stack.use(await startPostgres());
    const key = tokenKeyFile(path);
    const bus = busOf(broker);
    const chat = stack.use(
      await start('services/chat', {
        ...bus,
        STORE_URL: await database.create('chat'),
        TOKEN_KEY_FILE: key.file,
      }),
    );
    const hooks = stack.use(
      await start('services/hooks', {
        ...bus,
        CHAT_URL: chat.url,
        CHAT_TOKEN: key.headersOf('hooks').Authorization.replace('Bearer ', ''),
        STORE_URL: await database.create('hooks'),
        HOOKS_ALLOW: '127.0.0.1',
      }),
    );
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    const receiver = stack.use(await startReceiver(secret));
    const put = await fetch(`${hooks.url}/hooks/one`, {
      method: 'PUT',
      headers: {
        'Content-Type': 'application/json',
        ...key.headersOf('root', { role: 'admin' }),
      },
      body: JSON.stringify({ url: receiver.url, channels: CHANNELS, secret }),
    });
    assert.equal(put.status, 201, await put.text());

    const ids: string[] = [];
    const postSome = () =>
      Promise.all(
        CHANNELS.map(async (channel) => {
          for (let n = 0; n < MESSAGES; n++)
            ids.push((await postUntilAcknowledged(chat.url, channel, `${n}`)).id);
        }),
      );
    const [node] = broker.nodes;
    await node?.end('SIGKILL');
    await postSome();
    await node?.begin();
    // An end without order, and one that breaks all connections (PostgreSQL manual, 18.5).
    for (const signal of ['SIGQUIT', 'SIGINT'] as const) {
      const posting = postSome();
      await database.end(signal);
      await database.start();
      await posting;
    }
    await until('all are accepted', () => receiver.accepted().length === ids.length, 60_000);
    for (const channel of CHANNELS) {
      const seqs = receiver.accepted(channel).map((id) => Number(id.split(':')[1]));
      assert.deepEqual(
        seqs,
        Array.from({ length: 3 * MESSAGES }, (_, i) => i + 1),
      );
    }
    assert.deepEqual(receiver.accepted().toSorted(), ids.toSorted());
  },
);

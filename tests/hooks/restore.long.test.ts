import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { newAdministrator } from '../accounts/administrator.ts';
import { runCommand } from '../operations/run-backup.ts';
import { sample } from './hook-senders.ts';
import { startReceiver } from './receiver.ts';

for (const { name, makeUrl, options } of storeKinds()) {
  test(
    `${name}: a backup has the hooks, and after its restore delivery goes on where it was`,
    options,
    async (t) => {
      await using folder = await temporaryFolder();
      const storeUrl = encodeURI(await makeUrl(t));
      const store = { STORE_URL: storeUrl, DATA_DIR: folder.path };
      const env = { ...store, HOOKS_ALLOW: '127.0.0.1' };
      const secret = `whsec_${randomBytes(24).toString('base64')}`;
      await using receiver = await startReceiver(secret);
      const texts = () =>
        receiver.received.filter(({ status }) => status === 204).map(({ message }) => message);
      /** The path of a webhook in. */
      let alerts = '';
      const sendAlert = async (url: string, state: 'firing' | 'resolved') => {
        const answer = await fetch(url + alerts, { method: 'POST', ...sample(`grafana-${state}`) });
        return answer.json();
      };
      {
        await using parley = await startBare('services/standalone', env);
        const { url } = parley;
        const { browser } = await newAdministrator(url, store);
        const madeIn = await browser.send('PUT', '/hooks/in/alerts', { channel: 'alerts' });
        alerts = String(madeIn.body.path);
        assert.deepEqual(await sendAlert(url, 'firing'), { posted: 1, edited: 0, repeated: 0 });
        await post(url, 'lobby', 'before the hook');
        const hook = { url: receiver.url, channels: ['lobby'], secret };
        assert.equal((await browser.send('PUT', '/hooks/one', hook)).status, 201);
        for (const text of ['1', '2']) await post(url, 'lobby', text);
        await until('both came', () => texts().length === 2);
        receiver.answer = () => 503;
        for (const text of ['3', '4']) await post(url, 'lobby', text);
        await until('they fail', async () => {
          const { body } = await browser.send('GET', '/hooks/one');
          return (body.failing as unknown[]).length > 0;
        });
        const made = await runCommand(store, 'backup', `${folder.path}/backups`);
        assert.deepEqual([made.code, made.stderr], [0, '']);
        assert.equal((await browser.send('DELETE', '/hooks/in/alerts')).status, 204);
        receiver.answer = () => 204;
        await post(url, 'lobby', 'lost');
        await until('all came', () => texts().length === 5);
        assert.equal(await parley.end('SIGTERM'), 0);
      }
      const [file] = await readdir(`${folder.path}/backups`);
      const path = `${folder.path}/backups/${file}`;
      const checked = await runCommand(store, 'backup', '--check', path);
      assert.deepEqual([checked.code, checked.stderr], [0, '']);
      const restored = await runCommand(store, 'restore', '--replace', path);
      assert.deepEqual([restored.code, restored.stderr], [0, '']);
      receiver.received.length = 0;
      await using parley = await startBare('services/standalone', env);
      await post(parley.url, 'lobby', 'after');
      await until('the new one came', () => texts().includes('after'));
      assert.deepEqual(texts(), ['3', '4', 'after']);
      const resolved = await sendAlert(parley.url, 'resolved');
      assert.deepEqual(resolved, { posted: 0, edited: 1, repeated: 0 });
    },
  );
}

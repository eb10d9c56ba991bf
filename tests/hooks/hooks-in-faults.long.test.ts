import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { serverProcess } from '@parley/testkit/processes/server-process.ts';
import { ALERTMANAGER, needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import { JSON_TYPE, openHookSenders } from './hook-senders.ts';

const GUIDE = new URL('../../docs/hooks-in/alertmanager.md', import.meta.url);
const senders = await openHookSenders();
after(() => senders[Symbol.asyncDispose]());
const { deliver, eventsOf, folder, killAndStart, makeHook, parley, sendSample, textsOf } = senders;

test('killed between the commit of chat and the kept seq, nothing is doubled', async () => {
  const path = await makeHook('killed', { channel: 'killed' });
  assert.equal((await sendSample(path, 'grafana-firing')).body.posted, 1);
  await killAndStart(() => {
    const database = new DatabaseSync(`${folder}/parley-hooks.db`);
    assert.equal(
      database.prepare("UPDATE hook_in_alert SET seq = 0 WHERE channel = 'killed'").run().changes,
      1,
    );
    database.close();
  });
  assert.equal((await sendSample(path, 'grafana-resolved')).body.edited, 1);
  assert.deepEqual(
    (await eventsOf('killed')).map(({ kind }) => kind),
    ['message', 'edit'],
  );
});

test('killed under load, each delivery that is repeated is posted once', async () => {
  const path = await makeHook('load', { channel: 'load' });
  const ids = Array.from({ length: 50 }, (_, i) => `${i}`);
  const send = async (id: string) => {
    const isDone = () =>
      deliver(path, id, { 'Idempotency-Key': id }).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until(`delivery ${id} is accepted`, isDone);
  };
  const sending = Promise.all(ids.map(send));
  await until('some are posted', async () => (await textsOf('load')).length > 5);
  await killAndStart();
  await sending;
  assert.deepEqual((await textsOf('load')).sort(), ids.sort());
});

test(
  'Alertmanager fires and resolves an alert: one message, edited',
  needs('alertmanager'),
  async () => {
    const path = await makeHook('prometheus', { channel: 'prometheus' });
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    const file = `${folder}/alertmanager.yml`;
    const fast = 'receiver: parley\n  group_wait: 0s\n  group_interval: 1s';
    const url = /https:\S+<secret>/;
    assert.match(yaml, url);
    writeFileSync(
      file,
      yaml.replace(url, `${parley().url}${path}`).replace('receiver: parley', fast),
    );
    const port = await freePort();
    const args = [
      `--config.file=${file}`,
      `--storage.path=${folder}/alertmanager`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
    const alertmanager = serverProcess({ file: ALERTMANAGER, args }, () =>
      fetch(`http://127.0.0.1:${port}/-/ready`),
    );
    await alertmanager.begin();
    after(() => alertmanager.end('SIGKILL'));
    const startsAt = new Date(Date.now() - 60_000).toISOString();
    const report = async (endsAt: number) => {
      const alert = {
        labels: { alertname: 'DiskFull', severity: 'page' },
        annotations: { summary: 'no space' },
        startsAt,
      };
      const body = JSON.stringify([{ ...alert, endsAt: new Date(endsAt).toISOString() }]);
      const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
        method: 'POST',
        headers: JSON_TYPE,
        body,
      });
      assert.equal(answer.status, 200, await answer.text());
    };
    await report(Date.now() + 600_000);
    await until('the alert is posted', async () => (await textsOf('prometheus')).length === 1);
    assert.match(
      (await textsOf('prometheus'))[0] ?? '',
      /^🔴 FIRING: DiskFull \(page\)\nno space\nsince /,
    );
    await report(Date.now() - 1_000);
    await until('the message is edited', async () => (await eventsOf('prometheus')).length === 2);
    const [message, edit] = await eventsOf('prometheus');
    assert.deepEqual([message?.kind, edit?.kind], ['message', 'edit']);
    assert.match(
      message?.message ?? '',
      /^🟢 RESOLVED: DiskFull \(page\)\nno space\n.* to .* \(\d+ s\)/,
    );
  },
);

test('all traffic matched the API documents', async () => {
  assert.equal(await parley().end('SIGTERM'), 0);
});

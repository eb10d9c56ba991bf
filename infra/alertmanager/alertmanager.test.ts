import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { serverProcess } from '@parley/testkit/processes/server-process.ts';
import { ALERTMANAGER, AMTOOL, needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { parse } from 'yaml';
import { alertRules } from '../prometheus/rule-files.ts';

const FILE = fileURLToPath(new URL('alertmanager.yml', import.meta.url));

interface InhibitRule {
  source_matchers: string[];
  target_matchers: string[];
}

test('amtool accepts the configuration', needs('amtool'), () => {
  const { status, stderr } = spawnSync(AMTOOL, ['check-config', FILE], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('the rules of inhibition name existing alerts only', () => {
  const rules: InhibitRule[] = parse(readFileSync(FILE, 'utf8')).inhibit_rules;
  for (const matcher of rules.flatMap((rule) => [
    ...rule.source_matchers,
    ...rule.target_matchers,
  ])) {
    const [, names = ''] = /^alertname=~?"(.+)"$/.exec(matcher) ?? [];
    for (const name of names === '' ? [] : names.split('|')) {
      const known = alertRules.some(({ alert }) => new RegExp(`^(?:${name})$`).test(alert));
      assert.ok(known, `there is no alert ${name}`);
    }
  }
});

test(
  'the alert of a cause suppresses the alerts of its effects and no others',
  needs('alertmanager'),
  async () => {
    await using alertmanager = await startAlertmanager();
    const states = () => alertmanager.states();
    await alertmanager.fire('MessagesDoNotArrive', 'ForeignMessages');
    await until('both are active', async () => Object.values(await states()).length === 2);
    await alertmanager.fire('StoreAway');
    await until(
      'one is suppressed',
      async () => (await states()).MessagesDoNotArrive === 'suppressed',
    );
    assert.deepEqual(await states(), {
      ForeignMessages: 'active',
      MessagesDoNotArrive: 'suppressed',
      StoreAway: 'active',
    });
  },
);

async function startAlertmanager() {
  await using building = new AsyncDisposableStack();
  const folder = building.use(await temporaryFolder());
  const port = await freePort();
  const alerts = `http://127.0.0.1:${port}/api/v2/alerts`;
  const args = [
    `--config.file=${FILE}`,
    `--storage.path=${folder.path}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const server = serverProcess({ file: ALERTMANAGER, args }, async () => {
    assert.ok((await fetch(alerts)).ok);
  });
  building.defer(() => server.end('SIGKILL'));
  await server.begin();
  const stack = building.move();
  return {
    async fire(...names: string[]): Promise<void> {
      const body = JSON.stringify(names.map((alertname) => ({ labels: { alertname } })));
      const headers = { 'Content-Type': 'application/json' };
      assert.ok((await fetch(alerts, { method: 'POST', headers, body })).ok);
    },
    /** The state of each alert. */
    async states(): Promise<Record<string, string>> {
      const list = (await (await fetch(alerts)).json()) as {
        labels: { alertname: string };
        status: { state: string };
      }[];
      return Object.fromEntries(list.map(({ labels, status }) => [labels.alertname, status.state]));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { startNats } from '@parley/testkit/processes/nats-server.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { judge } from './judge.ts';
import { runLoad } from './load.ts';

const { skip } = needs('nats');

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: killed again and again while everything is redelivered, the catalog stores each message once`, {
    skip: options.skip || skip,
  }, async (t) => {
    await using nats = await startNats();
    const report = await runLoad({
      nats,
      storeUrl: await makeUrl(t),
      messages: 4_000,
      rate: 1_000,
      killEveryMs: 1_200,
      repeatEveryMs: 1_500,
      lastRepeatMs: 0,
    });
    assert.ok(
      report.kills >= 1 && report.repeated > 0,
      JSON.stringify({ ...report, records: 0, sent: 0 }),
    );
    judge(report);
  });
}

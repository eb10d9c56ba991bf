import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '@parley/contract/problem.ts';
import { openStream } from '@parley/testkit/clients/open-stream.ts';
import { metric } from '@parley/testkit/metric.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

test('one stream too many is refused with a problem, and accepted after another has ended', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    MAX_STREAMS: '2',
  });
  const leave = new AbortController();
  const open = (signal?: AbortSignal) =>
    openStream(`${parley.url}/broadcast/lobby`, signal ? { signal } : {});
  const first = await open(leave.signal);
  const second = await open();
  assert.deepEqual([first.status, second.status], [200, 200]);

  const refused = await open();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.equal(((await refused.json()) as Problem).code, 'overloaded');
  assert.equal(await metric(parley.url, 'parley_streams_limit'), 2);
  assert.equal(await metric(parley.url, 'parley_streams_refused_total'), 1);

  leave.abort();
  await until(
    'there is space',
    async () => (await metric(parley.url, 'parley_streams_open')) === 1,
  );
  assert.equal((await open()).status, 200);
});

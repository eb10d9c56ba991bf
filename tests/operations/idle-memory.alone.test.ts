import { test } from 'node:test';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { treeRssBytes } from '../../tools/bench/system/proc-stat.ts';

const MOST_MB = 120;

const skip = process.platform !== 'linux' && 'reads /proc';

test(`a warm start leaves a process of at most ${MOST_MB} MB`, { skip }, async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path };
  // The first start may compile; Node keeps its compiler in memory then.
  await (await startBare('services/standalone', env)).end('SIGTERM');
  await using parley = await startBare('services/standalone', env);
  const takenMb = () => treeRssBytes(parley.pid) / 2 ** 20;
  await until(`at most ${MOST_MB} MB are taken`, () => takenMb() <= MOST_MB);
});

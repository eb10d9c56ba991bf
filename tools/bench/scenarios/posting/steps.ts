import { existsSync, readFileSync } from 'node:fs';
import type { Bench } from '../../bench.ts';
import type { Figure } from '../../figure.ts';
import { type RecordedSteps, STEPS_FILE } from '../../load/steps-recorder.ts';
import { measureRun } from '../../measure-run.ts';
import { prepareParley } from '../../system/parley.ts';
import { waitUntil } from '../../system/wait-until.ts';

const FULL = { warmupMs: 3000, durationMs: 10_000 };
const QUICK = { warmupMs: 300, durationMs: 1500 };
const RATE_PER_SECOND = 100;
const READERS = 100;
const RECORDER = new URL('../../load/steps-recorder.ts', import.meta.url);

/** When a post reaches each of its steps in a quiet system, from the beginning of its request. */
export async function steps(bench: Bench): Promise<Figure[]> {
  const { warmupMs, durationMs } = bench.quick ? QUICK : FULL;
  await using parley = await prepareParley(bench);
  const file = `${parley.dataDir}/steps.json`;
  await parley.start({ NODE_OPTIONS: `--import=${RECORDER.href}`, [STEPS_FILE]: file });
  const { delivery } = await measureRun(bench.sandbox, parley, {
    readers: READERS,
    sampleEvery: 1,
    connections: 1,
    warmup: { ratePerSecond: RATE_PER_SECOND, durationMs: warmupMs },
    posts: { ratePerSecond: RATE_PER_SECOND, durationMs },
    settleMs: 10_000,
  });
  process.kill(parley.pid, 'SIGUSR2');
  if (!(await waitUntil(async () => existsSync(file), { timeoutMs: 5000 })))
    throw new Error('the process has written no steps');
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedSteps;
  const figures = Object.entries(recorded).flatMap(([step, { p50Ms, p99Ms }]) => [
    { name: `${step} p50`, value: p50Ms, unit: 'ms' },
    { name: `${step} p99`, value: p99Ms, unit: 'ms' },
  ]);
  return [
    ...figures,
    { name: 'at a reader p50', value: delivery.p50Ms, unit: 'ms' },
    { name: 'at a reader p99', value: delivery.p99Ms, unit: 'ms' },
  ];
}

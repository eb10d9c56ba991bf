import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { LoadProcesses } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import type { Figure } from '../../figure.ts';
import { seedLog } from '../../seed-log.ts';
import { type Parley, prepareParley } from '../../system/parley.ts';
import { readAll, readFirst, readSlowly } from './long-log-resume.ts';
import { readTranscript } from './long-log-transcript.ts';

const FULL_COUNT = 1_000_000;
const QUICK_COUNT = 20_000;
const CHANNEL = 'long';

/** Checks that time and memory do not depend on the length of a log. */
export async function longLog(bench: Bench): Promise<Figure[]> {
  const count = bench.quick ? QUICK_COUNT : FULL_COUNT;
  await using parley = await prepareParley(bench);
  await seedLog(parley.dataDir, CHANNEL, count);
  await parley.start();
  const log = { channel: CHANNEL, count, epoch: await readEpoch(parley, count) };
  await using load = new LoadProcesses(bench.sandbox);
  bench.print(`the log has ${count} events`);
  const figures = [
    ...(await readFirst(load, parley, log)),
    ...(await readAll(load, parley, log)),
    ...(await readSlowly(parley, log)),
  ];
  bench.print('the transcript');
  return [...figures, ...(await readTranscript(load, parley, { log, quick: bench.quick }))];
}

async function readEpoch({ port, credentials }: Parley, count: number): Promise<string> {
  const page = `http://127.0.0.1:${port}/chat/${CHANNEL}/events?after=0&limit=1`;
  const response = await fetch(page, { headers: bearerHeader(credentials.token) });
  const { epoch, head } = (await response.json()) as { epoch: string; head: number };
  if (head !== count) throw new Error(`the log was seeded with ${head} instead of ${count} events`);
  return epoch;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { LoadProcesses, openReaders, postFew } from '../../audience.ts';
import { type Bench, sidesOf } from '../../bench.ts';
import { compare, inTurns } from '../../compare.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { requireConnections } from '../../system/open-files.ts';
import { treeRssBytes } from '../../system/proc-stat.ts';
import type { SystemUnderTest } from '../../system/system-under-test.ts';

const FULL = { readers: 10_000, channels: 100, settleMs: 20_000 };
const QUICK = { readers: 200, channels: 10, settleMs: 2000 };
const WARMUP_READERS = 100;
const WARMUP_SETTLE_MS = 2000;
const KB = 1024;
const MB = 1e6;

interface Run {
  bytesPerConnection: number;
  beforeBytes: number;
  cutOff: number;
}

/** Memory of a connection that gets no events. */
export async function idle(bench: Bench): Promise<Figure[]> {
  requireConnections((bench.quick ? QUICK : FULL).readers);
  const runs = await inTurns({ sides: sidesOf(bench), repeats: 1 }, async (sut) => {
    const run = await measure(bench, sut);
    bench.print(`${sut.name}: ${Math.round(run.bytesPerConnection)} bytes per connection`);
    return run;
  });
  const lost = (runs.get('parley') ?? []).map(({ cutOff }) => cutOff);
  return [
    compare(runs, {
      name: 'RSS per idle connection',
      unit: 'KB',
      read: (run) => run.bytesPerConnection / KB,
      target: { of: 'value', atMost: 16 },
    }),
    compare(runs, {
      name: 'RSS before the readers connect',
      unit: 'MB',
      read: (run) => run.beforeBytes / MB,
    }),
    mustBeZero('connections lost', Math.max(...lost)),
  ];
}

async function measure(bench: Bench, sut: SystemUnderTest): Promise<Run> {
  const size = bench.quick ? QUICK : FULL;
  await using load = new LoadProcesses(bench.sandbox);
  const { readers, poster } = load;
  const channels = Array.from({ length: size.channels }, (_, index) => `bench-${index}`);
  const open = (count: number) => openReaders(readers, sut, { channels, count });

  for (const channel of channels) await postFew(poster, sut, { channel });
  await open(WARMUP_READERS);
  await readers.close();
  await sleep(WARMUP_SETTLE_MS);

  const beforeBytes = treeRssBytes(sut.pid);
  await open(size.readers);
  await sleep(size.settleMs);
  const grownBytes = treeRssBytes(sut.pid) - beforeBytes;
  const { cutOff } = await readers.progress();
  return { bytesPerConnection: grownBytes / size.readers, beforeBytes, cutOff };
}

import { LoadProcesses } from '../../audience.ts';
import { type Bench, sidesOf } from '../../bench.ts';
import { compare, inTurns } from '../../compare.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { measureAfterUse, measureIdleReaders, measureStarted } from '../../measure-memory.ts';
import { requireConnections } from '../../system/open-files.ts';
import type { SystemUnderTest } from '../../system/system-under-test.ts';

const FULL = { startMs: 6000, readers: 10_000, channels: 100, settleMs: 20_000, posts: 100_000 };
const QUICK = { startMs: 300, readers: 200, channels: 10, settleMs: 2000, posts: 2000 };
const KB = 1024;
const MB = 1e6;

/** Memory of a connection that gets no events, and what the process keeps after much use. */
export async function idle(bench: Bench): Promise<Figure[]> {
  const size = bench.quick ? QUICK : FULL;
  requireConnections(size.readers);
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
    compare(runs, {
      name: `RSS kept after ${size.readers} readers and ${size.posts} posts`,
      unit: 'MB',
      read: (run) => run.keptBytes / MB,
      target: { of: 'value', atMost: 60 },
    }),
    mustBeZero('connections lost', Math.max(...lost)),
  ];
}

async function measure(bench: Bench, sut: SystemUnderTest) {
  const size = bench.quick ? QUICK : FULL;
  await using load = new LoadProcesses(bench.sandbox);
  const atStartBytes = await measureStarted(sut.pid, size.startMs);
  const idle = await measureIdleReaders(load, sut, size);
  const keptBytes = (await measureAfterUse(load, sut, size)) - atStartBytes;
  return { ...idle, keptBytes };
}

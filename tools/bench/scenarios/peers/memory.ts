import { LoadProcesses } from '../../audience.ts';
import { allSidesOf, type Bench } from '../../bench.ts';
import { compare, inTurns } from '../../compare.ts';
import type { Figure } from '../../figure.ts';
import { measureIdleReaders, measureNpmStart, measureStarted } from '../../measure-memory.ts';
import { requireConnections } from '../../system/open-files.ts';

const FULL = { startMs: 6000, idle: { readers: 10_000, channels: 100, settleMs: 20_000 } };
const QUICK = { startMs: 100, idle: { readers: 200, channels: 2, settleMs: 100 } };
const KB = 1024;
const MB = 1e6;

/** Memory of each system without a client, and of an idle reader. */
export async function memory(bench: Bench): Promise<Figure[]> {
  const { idle, startMs } = bench.quick ? QUICK : FULL;
  requireConnections(idle.readers);
  const [, ...peerSides] = allSidesOf(bench);
  const started = await inTurns({ sides: peerSides, repeats: 1 }, ({ pid }) =>
    measureStarted(pid, startMs),
  );
  const { programBytes, allBytes } = await measureNpmStart(bench, startMs);
  started.set('parley', [programBytes]);
  const idleReaders = await inTurns({ sides: allSidesOf(bench), repeats: 1 }, async (sut) => {
    await using load = new LoadProcesses(bench.sandbox);
    return await measureIdleReaders(load, sut, idle);
  });
  return [
    compare(idleReaders, {
      name: `${idle.readers} idle readers: RSS of each`,
      unit: 'KB',
      read: ({ bytesPerConnection }) => bytesPerConnection / KB,
    }),
    compare(started, {
      name: 'no client: RSS',
      unit: 'MB',
      read: (bytes) => bytes / MB,
      target: { of: 'value', atMost: 120 },
    }),
    {
      name: 'no client: RSS of all that npm start leaves running',
      value: allBytes / MB,
      unit: 'MB',
      target: { of: 'value', atMost: 130 },
    },
  ];
}

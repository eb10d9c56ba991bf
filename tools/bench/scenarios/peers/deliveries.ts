import type { Bench } from '../../bench.ts';
import { compare, mostOf, type Runs } from '../../compare.ts';
import type { Figure, Target } from '../../figure.ts';
import type { Run } from '../../measure-run.ts';
import { measure, type Scene } from './measure.ts';

const FULL = { readers: 1000, offersPerSecond: [300, 600, 3000] };
/** V8 needs this long to compile well what runs 20 times a second. A server runs for days. */
const STEADY_WARMUP_MS = 30_000;
const QUICK = { readers: 50, offersPerSecond: [300] };

/** Deliveries to many readers: as many as possible, the cost of one, and the delay of a quiet system. */
export async function deliveries(scene: Scene): Promise<Figure[]> {
  const { readers, offersPerSecond } = scene.bench.quick ? QUICK : FULL;
  const offers: Runs<Run>[] = [];
  for (const ratePerSecond of offersPerSecond) {
    offers.push(await measure(scene, { readers, connections: 32, ratePerSecond, overloads: true }));
  }
  const steady = await measure(scene, {
    readers,
    connections: 8,
    ratePerSecond: 20,
    warmupMs: STEADY_WARMUP_MS,
  });
  const everyday = await measure(scene, { readers: 100, connections: 32, ratePerSecond: 200 });
  return [
    compare(
      mostOf(offers, (run) => run.deliveriesPerSecond),
      { name: `${readers} readers: most deliveries`, unit: '/s', read: (perSecond) => perSecond },
    ),
    compare(steady, {
      name: `${readers} readers, 20 posts/s: CPU per delivery`,
      unit: 'us',
      read: ({ cpuUs, deliveries }) => cpuUs / deliveries,
      target: { of: 'nchan', atMost: 1.1 },
    }),
    compare(everyday, {
      name: '100 readers, 200 posts/s: delivery p50',
      unit: 'ms',
      read: ({ delivery }) => delivery.p50Ms,
      target: p50Target(scene.bench),
    }),
    compare(everyday, {
      name: '100 readers, 200 posts/s: delivery p99',
      unit: 'ms',
      read: ({ delivery }) => delivery.p99Ms,
      target: { of: 'nchan', atMost: 2 },
    }),
  ];
}

function p50Target({ centrifugo }: Bench): Target {
  return centrifugo === undefined
    ? { of: 'nchan', atMost: 1.4 }
    : { of: 'centrifugo', atMost: 1.25 };
}

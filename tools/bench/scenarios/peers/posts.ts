import { allSidesOf } from '../../bench.ts';
import { compare, type View } from '../../compare.ts';
import type { Figure } from '../../figure.ts';
import { postsPerSecond, type Run } from '../../measure-run.ts';
import { startEcho } from '../../system/peers/echo.ts';
import { measure, type Scene } from './measure.ts';

const CONNECTIONS = 64;
const FEW = 10;

/** Posts of many clients, without readers beside a bare Node server, and with a few readers. */
export async function posts(scene: Scene): Promise<Figure[]> {
  const sides = [...allSidesOf(scene.bench), () => startEcho(scene.bench.sandbox)];
  const unread = await measure(scene, { readers: 0, connections: CONNECTIONS, sides });
  const read = await measure(scene, { readers: FEW, connections: CONNECTIONS });
  const ofRead = (view: View<Run>) =>
    compare(read, { ...view, name: `${CONNECTIONS} clients, ${FEW} readers: ${view.name}` });
  return [
    compare(unread, {
      name: `${CONNECTIONS} clients, no reader: posts`,
      unit: '/s',
      read: postsPerSecond,
      target: { of: 'echo', atLeast: 0.65 },
    }),
    ofRead({ name: 'posts', unit: '/s', read: postsPerSecond }),
    ofRead({
      name: 'CPU per post, with deliveries',
      unit: 'us',
      read: ({ cpuUs, outcome }) => cpuUs / outcome.accepted,
      target: { of: 'centrifugo', atMost: 1.3 },
    }),
    ofRead({
      name: 'delivery p99',
      unit: 'ms',
      read: ({ delivery }) => delivery.p99Ms,
      target: { of: 'value', atMost: 500 },
    }),
    ofRead({
      name: 'deliveries made',
      unit: '%',
      read: ({ deliveries, outcome }) => (deliveries / outcome.accepted / FEW) * 100,
    }),
  ];
}

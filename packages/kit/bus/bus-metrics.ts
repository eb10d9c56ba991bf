import type { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../metrics.ts';

/** What each link of a service to the broker counts. */
export interface BusMetrics {
  connected: Gauge<'part'>;
  published: Counter<'part' | 'outcome'>;
}

/** The metrics of the link of one service, which begin at 0. */
export function openBusMetrics(metrics: Metrics, part: string): BusMetrics {
  const connected = metrics.gauge({
    name: 'parley_bus_connected',
    help: '1 while the link to the MQTT broker is up and subscribed.',
    labels: ['part'],
  });
  const published = metrics.counter({
    name: 'parley_bus_published_total',
    help: 'Messages for the MQTT broker, by outcome: acknowledged (in one process: handed over), failed, or dropped while the link was down; signals only when they are dropped.',
    labels: ['part', 'outcome'],
  });
  connected.set({ part }, 0);
  for (const outcome of ['acknowledged', 'failed', 'dropped']) published.inc({ part, outcome }, 0);
  return { connected, published };
}

import { AggregatorRegistry } from 'prom-client';
import type { Metrics, Samples } from './metrics.ts';

/** Gives every sample of this process the label `process`, its number. */
export function labelSamples(metrics: Metrics, number: number): void {
  metrics.registry.setDefaultLabels({ process: String(number) });
}

/**
 * The metrics of several processes in Prometheus' text format. The label `process` keeps samples
 * apart, so nothing is added up: a rate, a largest value or a start time stays what it is.
 */
export function joinSamples(all: Samples[]): Promise<string> {
  const kept = all.map((samples) => samples.map((metric) => ({ ...metric, aggregator: 'first' })));
  return AggregatorRegistry.aggregate(kept).metrics();
}

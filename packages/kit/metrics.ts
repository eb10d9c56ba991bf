import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

interface Named<L extends string> {
  name: string;
  help: string;
  labels?: readonly L[];
}

/** The samples of one process, as prom-client gives them. */
export type Samples = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/**
 * One registry per process. A second registration of a name gives the same metric, so that services
 * in one process share their common metrics.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #fills: (() => Promise<void>)[] = [];

  /** Adds Node's own metrics: CPU, memory, event-loop lag, garbage collection. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Has `fill` set samples before each time that the metrics are read. */
  beforeReading(fill: () => Promise<void>): void {
    this.#fills.push(fill);
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    await this.#fill();
    return this.registry.metrics();
  }

  /** All metrics as prom-client joins them with those of other processes. */
  async samples(): Promise<Samples> {
    await this.#fill();
    return this.registry.getMetricsAsJSON();
  }

  counter<L extends string = never>(named: Named<L>): Counter<L> {
    return this.#once(named, (options) => new Counter<L>(options));
  }

  gauge<L extends string = never>(named: Named<L> & { collect?: () => number }): Gauge<L> {
    const { collect } = named;
    return this.#once(named, (options) => {
      const gauge: Gauge<L> = new Gauge<L>({
        ...options,
        ...(collect && { collect: () => gauge.set(collect()) }),
      });
      return gauge;
    });
  }

  histogram<L extends string = never>(named: Named<L> & { buckets: number[] }): Histogram<L> {
    return this.#once(named, (options) => new Histogram<L>({ ...options, buckets: named.buckets }));
  }

  async #fill(): Promise<void> {
    await Promise.all(this.#fills.map((fill) => fill()));
  }

  #once<M, L extends string>(
    { name, help, labels }: Named<L>,
    make: (options: { name: string; help: string; labelNames: L[]; registers: Registry[] }) => M,
  ): M {
    const known = this.registry.getSingleMetric(name) as M | undefined;
    return (
      known ?? make({ name, help, labelNames: [...(labels ?? [])], registers: [this.registry] })
    );
  }
}

/** From 0.5 ms to 10 s: the delays that a reader can notice. */
export const LATENCY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

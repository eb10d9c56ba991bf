/** The labels of a metric, with the observed values of each. */
export type Labels = Map<string, Set<string>>;
/** Every metric by name. */
export type Series = Map<string, Labels>;

/** Adds metrics in Prometheus' text format. Each sample gets the labels of its target, too. */
export function addSeries(series: Series, text: string, target: Record<string, string>): void {
  for (const [, name = '', pairs = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const labels = series.get(name) ?? new Map<string, Set<string>>();
    series.set(name, labels);
    for (const [label, value] of [...parsePairs(pairs), ...Object.entries(target)]) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
}

function parsePairs(pairs: string): [string, string][] {
  const found = pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, label = '', value = '']) => [label, value]);
}

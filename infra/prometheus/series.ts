/** The labels of a metric, and the values that each was seen with. */
export type Labels = Map<string, Set<string>>;
/** Every metric by name. */
export type Series = Map<string, Labels>;

/** Takes metrics in Prometheus' text format in, each sample with its target's labels. */
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

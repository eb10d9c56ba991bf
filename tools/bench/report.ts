import { type Figure, judge, PEERS, type Peer, ratioOf } from './figure.ts';

/** Result of a scenario: its figures, or the reason why there are none. */
export interface ScenarioResult {
  scenario: string;
  figures: Figure[];
  skipped?: string;
  failed?: string;
}

const LEFT_ALIGNED = new Set(['scenario', 'figure', 'target', 'verdict']);

/** What the report shows: the peers with a column, and whether each target has a verdict. */
interface Layout {
  peers: Peer[];
  judged: boolean;
}

/**
 * All figures as an aligned text table, with a column for each peer that has a figure. The ratio is
 * to the target's peer, else to the first. Unless `judged`, only figures of correctness have a
 * verdict.
 */
export function renderReport(results: readonly ScenarioResult[], judged: boolean): string {
  const figures = results.flatMap((result) => result.figures);
  const peers = PEERS.filter((peer) =>
    figures.some((figure) => figure.peers?.[peer] !== undefined),
  );
  const headings = ['scenario', 'figure', 'value', 'target', 'verdict', ...peers, 'ratio'];
  const rows = results.flatMap((result) => resultRows(result, { peers, judged }));
  return renderTable(headings, rows);
}

/** Writes a number with about three significant digits and no exponent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

function resultRows({ scenario, figures, skipped, failed }: ScenarioResult, layout: Layout) {
  const rows = figures.map((figure) => figureRow(scenario, figure, layout));
  if (skipped !== undefined) rows.push([scenario, `skipped: ${skipped}`]);
  if (failed !== undefined) rows.push([scenario, `FAILED: ${failed.split('\n')[0]}`]);
  return rows;
}

function figureRow(scenario: string, figure: Figure, { peers, judged }: Layout): string[] {
  const ratio = ratioOf(figure);
  return [
    scenario,
    figure.name,
    withUnit(figure.value, figure.unit),
    describeTarget(figure),
    judged || figure.isCorrectness ? judge(figure) : '',
    ...peers.map((peer) => withUnit(figure.peers?.[peer], figure.unit)),
    ratio === undefined ? '' : formatNumber(ratio),
  ];
}

function describeTarget({ target, unit }: Figure): string {
  if (target === undefined) return '';
  const bound = target.atMost === undefined ? '>=' : '<=';
  const limit = target.atMost ?? target.atLeast ?? Number.NaN;
  return target.of === 'value'
    ? `${bound} ${withUnit(limit, unit)}`
    : `${bound} ${formatNumber(limit)} x ${target.of}`;
}

function withUnit(value: number | undefined, unit: string): string {
  if (value === undefined) return '';
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

function renderTable(headings: readonly string[], rows: readonly string[][]): string {
  const table = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...table.filter((row) => row.length > 2).map((row) => row[column]?.length ?? 0)),
  );
  const [heads, ...lines] = table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const left = LEFT_ALIGNED.has(headings[column] ?? '');
        return left ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [heads, rule, ...lines].join('\n');
}

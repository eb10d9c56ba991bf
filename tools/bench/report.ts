import { type Figure, judge, ratioOf } from './figure.ts';

/** Result of a scenario: its figures, or the reason why there are none. */
export interface ScenarioResult {
  scenario: string;
  figures: Figure[];
  skipped?: string;
  failed?: string;
}

const HEADINGS = ['scenario', 'figure', 'value', 'target', 'verdict', 'nchan', 'ratio'];
const RIGHT_ALIGNED = new Set(['value', 'nchan', 'ratio']);

/**
 * All figures as an aligned text table. Unless `judged`, only figures of correctness have a
 * verdict.
 */
export function renderReport(results: readonly ScenarioResult[], judged: boolean): string {
  const rows = results.flatMap((result) => resultRows(result, judged));
  return renderTable([HEADINGS, ...rows]);
}

/** Writes a number with about three significant digits and no exponent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

function resultRows({ scenario, figures, skipped, failed }: ScenarioResult, judged: boolean) {
  const rows = figures.map((figure) => figureRow(scenario, figure, judged));
  if (skipped !== undefined) rows.push([scenario, `skipped: ${skipped}`]);
  if (failed !== undefined) rows.push([scenario, `FAILED: ${failed.split('\n')[0]}`]);
  return rows;
}

function figureRow(scenario: string, figure: Figure, judged: boolean): string[] {
  const ratio = ratioOf(figure);
  return [
    scenario,
    figure.name,
    withUnit(figure.value, figure.unit),
    describeTarget(figure),
    judged || figure.isCorrectness ? judge(figure) : '',
    figure.peer === undefined ? '' : withUnit(figure.peer, figure.unit),
    ratio === undefined ? '' : formatNumber(ratio),
  ];
}

function describeTarget({ target, unit }: Figure): string {
  if (target === undefined) return '';
  const bound = target.atMost === undefined ? '>=' : '<=';
  const limit = target.atMost ?? target.atLeast ?? Number.NaN;
  return target.of === 'ratio'
    ? `ratio ${bound} ${formatNumber(limit)}`
    : `${bound} ${withUnit(limit, unit)}`;
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

function renderTable(rows: readonly string[][]): string {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.filter((row) => row.length > 2).map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => renderRow(row, widths));
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function renderRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return RIGHT_ALIGNED.has(HEADINGS[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
  });
  return cells.join('  ').trimEnd();
}

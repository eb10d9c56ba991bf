/** A query of a panel. With several series the legend uses labels, such as `{{instance}}`. */
export interface Query {
  expr: string;
  legend: string;
}

/** A graph or a number of a dashboard. */
export interface Panel {
  title: string;
  /** For a person who sees the panel for the first time: its meaning, and which values are good. */
  description: string;
  /** The unit in Grafana's notation, such as `s`, `bytes`, `reqps`, `percentunit`. */
  unit: Unit;
  queries: Query[];
  /** Shows a number, not a graph. */
  number?: boolean;
  /** Values from here on are red. */
  redFrom?: number;
  /** Values below this are red. */
  redBelow?: number;
  /** Stacks the curves, for queries with a meaningful sum. */
  stacked?: boolean;
}

export const UNITS = ['short', 's', 'bytes', 'ops', 'reqps', 'percentunit', 'dtdurations'] as const;
export type Unit = (typeof UNITS)[number];

const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };

/** Position and size of a panel on the dashboard's grid of 24 columns. */
export interface GridPosition {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A panel in Grafana's format. */
export function encodePanel(panel: Panel, id: number, gridPos: GridPosition): object {
  const { title, description, unit, queries, number = false } = panel;
  return {
    id,
    type: number ? 'stat' : 'timeseries',
    title,
    description,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: { unit, min: 0, thresholds: thresholds(panel), ...(number ? {} : curves(panel)) },
      overrides: [],
    },
    options: number ? NUMBER_OPTIONS : CURVE_OPTIONS,
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}

const NUMBER_OPTIONS = {
  reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  colorMode: 'value',
  graphMode: 'area',
  textMode: 'auto',
};

const CURVE_OPTIONS = {
  legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
  tooltip: { mode: 'multi', sort: 'desc' },
};

function thresholds({ redFrom, redBelow }: Panel): object {
  const steps = [{ color: redBelow === undefined ? 'green' : 'red', value: null as number | null }];
  if (redBelow !== undefined) steps.push({ color: 'green', value: redBelow });
  if (redFrom !== undefined) steps.push({ color: 'red', value: redFrom });
  return { mode: 'absolute', steps };
}

function curves({ stacked = false, redFrom, redBelow }: Panel): object {
  const hasBound = redFrom !== undefined || redBelow !== undefined;
  return {
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: stacked ? 40 : 10,
      showPoints: 'never',
      stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: hasBound ? 'dashed' : 'off' },
    },
  };
}

import { encodePanel, type GridPosition, type Panel } from './panel.ts';

/** Panels side by side, under a title. */
export interface Row {
  title: string;
  panels: Panel[];
}

/** A dashboard. `uid` is the last part of its URL. */
export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  rows: Row[];
}

const COLUMNS = 24;
const NUMBER_HEIGHT = 4;
const CURVE_HEIGHT = 8;
/** The schema of Grafana 11. Newer versions of Grafana convert it. */
const SCHEMA_VERSION = 39;

/** A dashboard in the format of Grafana's file provider. Without `id`, which Grafana sets. */
export function encodeDashboard({ uid, title, description, rows }: Dashboard): object {
  return {
    uid,
    title,
    description,
    tags: ['parley'],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: 1,
    timezone: 'browser',
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    links: [
      { type: 'dashboards', title: 'Parley', tags: ['parley'], keepTime: true, asDropdown: false },
    ],
    templating: { list: [] },
    annotations: { list: [] },
    panels: lay(rows),
  };
}

/** Places the panels. Those of a row share its whole width. */
function lay(rows: Row[]): object[] {
  const laid: object[] = [];
  let y = 0;
  const place = (h: number): GridPosition => ({ x: 0, y, w: COLUMNS, h });
  for (const { title, panels } of rows) {
    laid.push({
      id: laid.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: place(1),
      panels: [],
    });
    y++;
    const h = panels.every(({ number }) => number) ? NUMBER_HEIGHT : CURVE_HEIGHT;
    const w = COLUMNS / panels.length;
    for (const [i, panel] of panels.entries()) {
      laid.push(encodePanel(panel, laid.length + 1, { ...place(h), x: i * w, w }));
    }
    y += h;
  }
  return laid;
}

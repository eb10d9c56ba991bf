import { fileURLToPath } from 'node:url';
import { type Dashboard, encodeDashboard } from './dashboard.ts';
import { broadcast } from './dashboards/broadcast.ts';
import { catalog } from './dashboards/catalog.ts';
import { ingest } from './dashboards/ingest.ts';
import { overview } from './dashboards/overview.ts';
import { processes } from './dashboards/processes.ts';
import { standalone } from './dashboards/standalone.ts';

const dashboards: Record<string, Dashboard> = {
  overview,
  ingest,
  broadcast,
  catalog,
  processes,
  standalone,
};

/** Each dashboard with the path of its file for Grafana, and the text of this file. */
export const dashboardFiles = Object.entries(dashboards).map(([name, dashboard]) => ({
  dashboard,
  path: fileURLToPath(new URL(`dashboards/${name}.json`, import.meta.url)),
  text: `${JSON.stringify(encodeDashboard(dashboard), null, 1)}\n`,
}));

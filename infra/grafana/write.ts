import { writeFileSync } from 'node:fs';
import { dashboardFiles } from './dashboard-files.ts';

/** `npm run dashboards`: writes the .json beside the .ts of each dashboard, for Grafana to read. */
for (const { path, text } of dashboardFiles) writeFileSync(path, text);

import { writeFileSync } from 'node:fs';
import { wantsHelp } from '@parley/kit/commands/command-line.ts';
import { runOnce } from '@parley/kit/run.ts';
import { dashboardFiles } from './dashboard-files.ts';

const USAGE = `npm run dashboards\n\nWrites the .json file of each dashboard in infra/grafana, next to its .ts file.\n`;

/** `npm run dashboards`: writes the .json file of each dashboard, which Grafana reads. */
await runOnce(async () => {
  if (wantsHelp(process.argv.slice(2))) return void process.stdout.write(USAGE);
  for (const { path, text } of dashboardFiles) writeFileSync(path, text);
});

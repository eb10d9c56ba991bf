import { partUsage } from '@parley/kit/commands/command-line.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run } from '@parley/kit/run.ts';
import { standaloneSettings } from './settings.ts';
import { startStandalone } from './standalone.ts';

const USAGE = partUsage(
  'npm start',
  'Runs all of Parley in one process: broker, chat, broadcast and the page.',
);

await run(
  async () => {
    const { config, log, metrics, stack } = await beginPart(
      'parley',
      standaloneSettings,
      process.env,
    );
    const { url } = await startStandalone(config, { log, metrics, stack });
    log.info({ url }, `Parley is ready: open ${url}`);
    return { log, stop: stack };
  },
  { args: process.argv.slice(2), usage: USAGE },
);

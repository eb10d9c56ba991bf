import { partUsage } from '@parley/kit/commands/command-line.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run } from '@parley/kit/run.ts';
import { readyText } from './ready-text.ts';
import { standaloneSettings } from './settings.ts';

const USAGE = partUsage(
  'start',
  'Runs all of Parley: broker, chat, broadcast and the page, in one process unless PROCESSES says otherwise.',
);

/** Loads only what the mode needs. */
const inOneProcess = async () => (await import('./standalone.ts')).startStandalone;
const inProcesses = async () => (await import('./processes/first-process.ts')).startProcesses;

await run(
  async () => {
    const { config, log, metrics, stack } = await beginPart(
      'parley',
      standaloneSettings,
      process.env,
    );
    const start = await (config.processes > 1 ? inProcesses() : inOneProcess());
    const { url, offerFirst } = await start(config, { log, metrics, stack });
    log.info({ url }, readyText(config, url));
    void offerFirst();
    return { log, stop: stack };
  },
  { args: process.argv.slice(2), usage: USAGE },
);

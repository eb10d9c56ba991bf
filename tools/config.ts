import { broadcastPartSettings } from '@parley/broadcast/settings.ts';
import { brokerPartSettings } from '@parley/broker/settings.ts';
import { catalogPartSettings, replaySettings } from '@parley/catalog/settings.ts';
import { accountToolSettings } from '@parley/chat/commands/account/settings.ts';
import { backupSettings } from '@parley/chat/commands/backup/settings.ts';
import { transcriptSettings } from '@parley/chat/commands/transcript/settings.ts';
import { chatPartSettings } from '@parley/chat/settings.ts';
import { hooksPartSettings } from '@parley/hooks/settings.ts';
import { HELP, parseCommandLine } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { runOnce } from '@parley/kit/run.ts';
import type { Format, Setting } from '@parley/kit/settings/settings.ts';
import { standaloneSettings } from '@parley/standalone/settings.ts';
import { variablesOfParts } from '../infra/settings/programs.ts';

/**
 * `npm run config`: every setting of each program, with its type, its default and its meaning. `npm
 * run config -- --names` prints the names of each service's settings as JSON.
 */
const PROGRAMS: Record<string, Record<string, Setting<unknown>>> = {
  [`${howToRun('start')} (standalone)`]: standaloneSettings,
  [howToRun('chat')]: chatPartSettings,
  [howToRun('broadcast')]: broadcastPartSettings,
  [howToRun('broker')]: brokerPartSettings,
  [howToRun('hooks')]: hooksPartSettings,
  [howToRun('catalog')]: catalogPartSettings,
  [howToRun('catalog', 'replay')]: replaySettings,
  [`${howToRun('backup')}, ${howToRun('restore')}`]: backupSettings,
  [`${howToRun('export')}, ${howToRun('import')}`]: transcriptSettings,
  [howToRun('account')]: accountToolSettings,
};

// A pager may stop reading at any line.
process.stdout.on('error', () => process.exit(0));

const USAGE = [
  howToRun('config', '[--names]'),
  '',
  'Prints every setting of each program, with its type, its default and its meaning.',
  '',
  "  --names   print the names of each service's settings as JSON",
  '',
].join('\n');

await runOnce(async () => {
  const { help, names } = parseCommandLine({
    args: process.argv.slice(2),
    options: { names: { type: 'boolean', default: false }, help: HELP },
  }).values;
  if (help) process.stdout.write(USAGE);
  else if (names) process.stdout.write(`${JSON.stringify(variablesOfParts())}\n`);
  else describeAll();
});

function describeAll(): void {
  for (const [program, settings] of Object.entries(PROGRAMS)) {
    process.stdout.write(`${program}\n\n`);
    for (const setting of Object.values(settings)) process.stdout.write(describe(setting));
    process.stdout.write('\n');
  }
  process.stdout.write(
    'CONFIG_FILE may name a JSON file with any of these under their camelCase names (port, mqttUrl, …).\n',
  );
}

function describe({ env, format, default: fallback, doc, sensitive }: Setting<unknown>): string {
  const type = typeof format === 'string' ? format : typeOf(format);
  const initial = fallback === '' ? 'empty' : String(fallback);
  const secret = sensitive ? ` A secret: ${env}_FILE may name a file that holds it.` : '';
  return `  ${env}\n      ${type}, default ${initial}\n      ${doc}${secret}\n`;
}

function typeOf(format: string[] | Format): string {
  return Array.isArray(format) ? format.join(' | ') : format.name;
}

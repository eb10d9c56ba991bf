import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { UsageError } from '@parley/kit/commands/command-line.ts';
import type { Bench, Scenario } from './bench.ts';
import { type BenchOptions, parseBenchArgs, usage } from './cli.ts';
import { judge } from './figure.ts';
import { renderReport, type ScenarioResult } from './report.ts';
import { catalog } from './scenarios/catalog.ts';
import { front } from './scenarios/front.ts';
import { longLog } from './scenarios/long-log/long-log.ts';
import { parts } from './scenarios/parts.ts';
import { peers } from './scenarios/peers/peers.ts';
import { batches } from './scenarios/posting/batches.ts';
import { ingest } from './scenarios/posting/ingest.ts';
import { latency } from './scenarios/posting/latency.ts';
import { replicas } from './scenarios/posting/replicas.ts';
import { steps } from './scenarios/posting/steps.ts';
import { channels } from './scenarios/reading/channels.ts';
import { crowd } from './scenarios/reading/crowd.ts';
import { fanout } from './scenarios/reading/fanout.ts';
import { frozen } from './scenarios/reading/frozen.ts';
import { idle } from './scenarios/reading/idle.ts';
import { many } from './scenarios/reading/many.ts';
import { returnAtOnce } from './scenarios/reading/return.ts';
import { saturation } from './scenarios/reading/saturation.ts';
import { Skip } from './skip.ts';
import { makeCredentials } from './system/credentials.ts';
import { findNchan } from './system/peers/nchan.ts';
import { Sandbox } from './system/sandbox.ts';

const SCENARIOS: Record<string, Scenario> = {
  fanout,
  saturation,
  ingest,
  batches,
  replicas,
  latency,
  steps,
  frozen,
  idle,
  return: returnAtOnce,
  'long-log': longLog,
  catalog,
  parts,
  crowd,
  channels,
  many,
  front,
  peers,
};

/**
 * Makes a sandbox that is removed at every exit. 'exit' is also emitted after an uncaught error.
 */
function openSandbox(dir: string): Sandbox {
  const sandbox = new Sandbox(dir);
  process.once('exit', () => sandbox[Symbol.dispose]());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(130));
  }
  return sandbox;
}

async function runScenario(scenario: string, bench: Bench): Promise<ScenarioResult> {
  bench.print(`== ${scenario}`);
  try {
    return { scenario, figures: (await SCENARIOS[scenario]?.(bench)) ?? [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    bench.print(`${scenario}: ${reason}`);
    return { scenario, figures: [], [error instanceof Skip ? 'skipped' : 'failed']: reason };
  }
}

async function runAll(options: BenchOptions): Promise<ScenarioResult[]> {
  const nchan = findNchan();
  const requireAll = process.env.REQUIRE_ALL === '1';
  if (nchan === undefined) console.log('nchan: not installed, no comparison');
  if (nchan === undefined && requireAll)
    return [{ scenario: 'nchan', figures: [], failed: 'not installed' }];
  const { quick, repeats, broker } = options;
  const sandbox = openSandbox(options.dir);
  const credentials = makeCredentials(sandbox, options.auth);
  const print = (line: string) => console.log(line);
  const centrifugo = process.env.PEER_CENTRIFUGO || undefined;
  const bench = { sandbox, credentials, broker, quick, repeats, nchan, centrifugo, print };
  const results: ScenarioResult[] = [];
  for (const scenario of options.scenarios) results.push(await runScenario(scenario, bench));
  return results;
}

function isFault({ figures, failed, skipped }: ScenarioResult, strict: boolean): boolean {
  if (failed !== undefined) return true;
  if (skipped !== undefined && process.env.REQUIRE_ALL === '1') return true;
  return figures.some(
    (figure) => judge(figure) === 'NOT met' && (strict || figure.isCorrectness === true),
  );
}

async function main(): Promise<void> {
  const names = Object.keys(SCENARIOS);
  const options = parseBenchArgs(process.argv.slice(2), names);
  if (options.help) return console.log(usage(names));
  const results = await runAll(options);
  console.log(`\n${renderReport(results, !options.quick)}\n`);
  if (options.jsonFile !== undefined) {
    const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
    const at = new Date().toISOString();
    writeFileSync(
      options.jsonFile,
      `${JSON.stringify({ at, machine, options, results }, null, 2)}\n`,
    );
  }
  const strict = options.strict && !options.quick;
  process.exit(results.some((result) => isFault(result, strict)) ? 1 : 0);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(error instanceof UsageError ? 2 : 1);
});

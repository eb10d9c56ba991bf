import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { treeRssBytes } from '../bench/system/proc-stat.ts';
import type { Target } from './abuser.ts';
import { judge, type Measured, type Noticed, p99 } from './judge.ts';
import { type AbuseOptions, parseAbuseOptions, USAGE } from './options.ts';
import { Others } from './others.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const MB = 1_048_576;
const MEMORY_EVERY_MS = 250;
/** Left out: code that runs for the first time is not compiled yet, and some posts wait 0.2 s for it. */
const UNDER_WAY_SECONDS = 1;
const ABUSER = fileURLToPath(new URL('abuser.ts', import.meta.url));

/** Runs one scenario on its own Parley. Returns the findings, one line each. */
async function run(scenario: Scenario, options: AbuseOptions): Promise<string[]> {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, TRUSTED_PROXIES: 'loopback', ...scenario.env };
  await using parley = await startBare('services/standalone', env);
  await using others = new Others(parley.url);
  await others.chat(1);
  const quiet = await others.chat(options.quietSeconds);
  const target = targetOf(parley, folder.path, options);
  const { noticed, memory } = await abuse(scenario, { parley, others, target });
  const measured = { quiet, abused: noticed, memory };
  console.log(`${scenario.name}: ${scenario.summary}\n  ${render(measured)}`);
  return [...judge(measured, scenario.memoryMb), ...(await storedTooMuch(scenario, parley))];
}

function targetOf({ url, output }: Running, dataDir: string, options: AbuseOptions): Target {
  const { seed, abuseSeconds: seconds } = options;
  const { mqtt } = JSON.parse(output.find((line) => line.includes('broker is ready')) ?? '{}');
  const key = openSigningKey(readFileSync(`${dataDir}/token.key`, 'utf8'));
  const token = key.sign(
    { sub: 'abuser', name: 'abuser', publish: ['**'], subscribe: ['**'] },
    600,
  );
  return { url, mqtt, token, seed, seconds };
}

async function abuse(
  { name }: Scenario,
  { parley, others, target }: { parley: Running; others: Others; target: Target },
): Promise<{ noticed: Noticed; memory: Measured['memory'] }> {
  const memory = { before: treeRssBytes(parley.pid) / MB, most: 0 };
  const watching = setInterval(() => {
    memory.most = Math.max(memory.most, treeRssBytes(parley.pid) / MB);
  }, MEMORY_EVERY_MS);
  const abuser = spawn(process.execPath, [ABUSER, name, JSON.stringify(target)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(abuser, 'exit');
  try {
    await others.chat(UNDER_WAY_SECONDS);
    const noticed = await others.chat(target.seconds - UNDER_WAY_SECONDS);
    return { noticed, memory };
  } finally {
    clearInterval(watching);
    abuser.kill('SIGKILL');
    await ended;
  }
}

async function storedTooMuch({ stored }: Scenario, { url }: Running): Promise<string[]> {
  if (!stored) return [];
  const { length } = await wholeLog(url, stored.channel);
  return length > stored.max
    ? [`${length} messages were stored, at most ${stored.max} allowed`]
    : [];
}

function render({ quiet, abused, memory }: Measured): string {
  const both = (kind: keyof Noticed) => `${p99(quiet[kind])} -> ${p99(abused[kind])} ms`;
  const { before, most } = memory;
  return `p99 of posts ${both('posts')}, of deliveries ${both('deliveries')}; memory ${Math.round(before)} -> ${Math.round(most)} MB`;
}

async function runAll(options: AbuseOptions): Promise<boolean> {
  const { seed, only } = options;
  const unknown = only.filter((name) => !SCENARIOS.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}\n\n${USAGE}`);
  console.log(`seed ${seed}`);
  let isGood = true;
  for (const scenario of SCENARIOS) {
    if (only.length > 0 && !only.includes(scenario.name)) continue;
    const faults = await run(scenario, options);
    for (const fault of faults) console.log(`  WRONG: ${fault}`);
    isGood &&= faults.length === 0;
  }
  console.log(isGood ? 'others noticed nothing' : 'others noticed the abuse');
  return isGood;
}

try {
  const options = parseAbuseOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else process.exitCode = (await runAll(options)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { everyEvent } from '@parley/testkit/clients/event-log.ts';
import { Random } from '@parley/testkit/random.ts';
import { until } from '@parley/testkit/until.ts';
import type { Fault } from './fault.ts';
import { Findings } from './findings.ts';
import { judge } from './judge.ts';
import { Ledger } from './ledger.ts';
import { type FaultOptions, parseFaultOptions, USAGE } from './options.ts';
import { Poster, postMessage } from './poster.ts';
import { Reader } from './reader.ts';
import { renderReport } from './report.ts';
import { injectFaults } from './schedule.ts';
import { Span } from './span.ts';
import { type System, startSystem } from './system.ts';

const CHANNEL = 'faults';
/** Every second reader has a stream of two channels. */
const PATHS = [`/broadcast/${CHANNEL}`, `/broadcast?channel=${CHANNEL}&channel=${CHANNEL}.none`];
const SETTLE_MS = 60_000;
/** Shorter: a build that is broken on purpose does not recover with time. */
const SETTLE_BROKEN_MS = 10_000;
/**
 * At the end broadcasts are cut off from the broker, so that every run needs the repair of holes.
 */
const LAST_CUT_MS = 1_500;
const AFTER_LAST_CUT_MS = 1_000;

/** Starts the system and injects faults. Resolves with true when the system kept its promise. */
async function runAll(options: FaultOptions, interrupted: AbortSignal): Promise<boolean> {
  const findings = await Findings.open();
  await using system = await startSystem(options, findings);
  // Ends all processes also when an error ends this program.
  process.once('exit', () => endAtOnce(system));
  const ledger = new Ledger();
  await postMessage({ urls: system.chatUrls, channel: CHANNEL, ledger }, 0);
  const crowd = openCrowd(system, ledger, options.readers);
  await Promise.all(crowd.readers.map((reader) => reader.greeted));

  const faults: Fault[] = [];
  await postDuringFaults(system, { options, interrupted, ledger, faults });
  const limitMs = options.broken ? SETTLE_BROKEN_MS : SETTLE_MS;
  await settle(ledger, { system, findings, readers: crowd.readers, limitMs });
  const log = await readLog(system);
  for (const reader of crowd.readers) reader[Symbol.dispose]();
  const { contents, readers, longestOwed } = crowd;
  const spans = readers.map(({ span }) => span);
  for (const finding of judge({ posts: ledger.posts, log, spans, contents })) findings.add(finding);
  console.log(renderReport({ faults, ledger, readers, longestOwed, findings }));
  const kept = findings.found.length === 0;
  if (kept) await findings.discard();
  else console.log(`the logs of the programs are in ${findings.folder}`);
  return kept;
}

/** Opens readers: half start at the first event, half at the channel's head. */
function openCrowd(system: System, ledger: Ledger, count: number) {
  const contents = new Map<number, string>();
  const longestOwed = { ms: 0, seq: 0, reader: 0 };
  const epoch = [...ledger.posts.values()][0]?.receipt?.epoch ?? '';
  const readers = Array.from({ length: count }, (_, i) => {
    const span = new Span(`reader ${i + 1}`, contents);
    if (i % 4 < 2) span.begin(epoch, 0);
    const onEvent = (seq: number) => {
      const now = performance.now();
      const ms = now - (ledger.acknowledgedAt(seq) ?? now);
      if (ms > longestOwed.ms) Object.assign(longestOwed, { ms, seq, reader: i + 1 });
    };
    const path = PATHS[Math.floor(i / 4) % PATHS.length] ?? '';
    return new Reader({ urls: system.broadcastUrls, path, span, onEvent }, i);
  });
  return { contents, longestOwed, readers };
}

interface Injection {
  options: FaultOptions;
  interrupted: AbortSignal;
  ledger: Ledger;
  /** Filled with the injected faults. */
  faults: Fault[];
}

/** Posts, and injects faults meanwhile. Resolves when all components work again. */
async function postDuringFaults(system: System, parts: Injection): Promise<void> {
  const { options, interrupted, ledger, faults } = parts;
  const startedAt = performance.now();
  const poster = new Poster({ urls: system.chatUrls, channel: CHANNEL, ledger }, options.rate, 1);
  await injectFaults({
    components: system.components,
    random: new Random(options.seed),
    until: AbortSignal.any([interrupted, AbortSignal.timeout(options.minutes * 60_000)]),
    onFault(fault) {
      faults.push(fault);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(7);
      const { component, kind, ms } = fault;
      console.log(
        `${seconds} s  ${kind} ${component.name}, ${ms} ms; ${ledger.pending} posts wait`,
      );
    },
  });
  // A component that ended by itself is already a finding. A supervisor would start it again.
  const gone = system.components.filter((component) => component.pids().length === 0);
  await Promise.all(gone.map((component) => component.begin()));
  for (const link of system.broadcastBusLinks) link.cut();
  await delay(LAST_CUT_MS);
  system.heal();
  await delay(AFTER_LAST_CUT_MS);
  poster.stop();
}

interface Settling {
  system: System;
  findings: Findings;
  readers: Reader[];
  /** Limit for each of the two waits. */
  limitMs: number;
}

/** Waits until every post is acknowledged and every event is read. A timeout is a finding. */
async function settle(
  ledger: Ledger,
  { system, findings, readers, limitMs }: Settling,
): Promise<void> {
  try {
    await until('every post was acknowledged', () => ledger.pending === 0, limitMs);
    const head = (await readLog(system)).length;
    const allRead = () => readers.every(({ span }) => span.last >= head);
    await until('every reader had every event', allRead, limitMs);
  } catch (error) {
    findings.add((error as Error).message);
  }
}

/**
 * Reads the whole log from any chat that answers. A chat that ended by itself is already a finding.
 */
function readLog({ chatUrls }: System): Promise<ChatEvent[]> {
  return Promise.any(chatUrls.map((url) => everyEvent(url, CHANNEL)));
}

function endAtOnce({ components }: System): void {
  for (const pid of components.flatMap((component) => component.pids())) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has already ended.
    }
  }
}

async function main(): Promise<void> {
  const options = parseFaultOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.abort());
  }
  const { seed, store, broker, broken } = options;
  const what = broken ? `, broken on purpose: ${broken}` : '';
  console.log(`seed ${seed}; ${store}, broker ${broker}${what}`);
  process.exit((await runAll(options, interrupted.signal)) ? 0 : 1);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
});

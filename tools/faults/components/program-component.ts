import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import type { Program } from '@parley/testkit/processes/running.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import type { Findings } from '../findings.ts';
import { type Component, untilStarted } from './component.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const POLL_MS = 50;

interface ProgramComponent {
  name: string;
  program: Program;
  /** Its HTTP port, the same after every start. */
  port: number;
  env: Record<string, string>;
  links: LinkProxy[];
  findings: Findings;
}

/** Starts one of Parley's programs as a component. All its starts write to one log file. */
export async function startProgramComponent(parts: ProgramComponent): Promise<Component> {
  const { name, links, findings } = parts;
  let child: ChildProcess | undefined;
  const begin = async () => {
    const started = await untilStarted(() => launch(parts));
    child = started;
    started.once('exit', (code, signal) => {
      if (child === started) findings.add(`${name} ended by itself with ${code ?? signal}`);
    });
  };
  await begin();
  return {
    name,
    links,
    pids: () => (child?.pid && !isOver(child) ? [child.pid] : []),
    async end(how) {
      const ended = child;
      child = undefined;
      if (!ended || isOver(ended)) return;
      const exited = once(ended, 'exit');
      ended.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
      const [code, signal] = await exited;
      if (how === 'in order' && code !== 0)
        findings.remark(`the planned stop of ${name} ended with ${code ?? signal}`);
    },
    begin,
  };
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/**
 * Starts the process and waits for its answer. Rejects when it ends first, as without its store.
 */
async function launch({
  name,
  program,
  port,
  env,
  findings,
}: ProgramComponent): Promise<ChildProcess> {
  const log = openSync(`${findings.folder}/${name}.log`, 'a');
  const child = spawn(process.execPath, [`${program}/main.ts`], {
    cwd: ROOT,
    env: {
      ...PROGRAM_ENV,
      PORT: String(port),
      SERVER_NAME: name,
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  while (!(await answers(port))) {
    if (isOver(child)) throw new Error(`${name} ended before it was ready: ${findings.folder}`);
    await delay(POLL_MS);
  }
  return child;
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

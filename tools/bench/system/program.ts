import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { hasEnded, logTail, type Sandbox } from './sandbox.ts';
import { waitUntil } from './wait-until.ts';

const START_MS = 30_000;
/** As `npm start`, the image and the units of Ansible set it. */
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };
const REPO_DIR = join(import.meta.dirname, '..', '..', '..');

/** One of Parley's programs to start. Its log is `bench-<name>.log` in `folder`. */
export interface ParleyProgram {
  program:
    | 'services/standalone'
    | 'services/chat'
    | 'services/broadcast'
    | 'services/catalog'
    | 'broker';
  name: string;
  folder: string;
  port: number;
  env: Record<string, string>;
  /** Starts the program in the root of the repository. Default: this Node. */
  command?: [string, ...string[]] | undefined;
}

/**
 * Starts a program. Resolves when it is ready. @throws Error with the end of its log when it is too
 * late
 */
export async function startProgram(
  sandbox: Sandbox,
  { program, name, folder, port, env, command }: ParleyProgram,
): Promise<ChildProcess> {
  const logFile = join(folder, `bench-${name}.log`);
  const [file, ...args] = command ?? [process.execPath, `${program}/main.ts`];
  const child = sandbox.spawn({
    command: file,
    args,
    cwd: REPO_DIR,
    env: {
      ...MALLOC,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      SERVER_NAME: name,
      ...env,
    },
    logFile,
  });
  await waitUntil(async () => hasEnded(child) || (await isReady(port)), { timeoutMs: START_MS });
  if (hasEnded(child) || !(await isReady(port))) {
    throw new Error(`${name} did not become ready:\n${logTail(logFile)}`);
  }
  return child;
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

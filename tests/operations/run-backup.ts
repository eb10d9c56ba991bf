import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';

export const BACKUP_MAIN = fileURLToPath(
  new URL('../../services/chat/commands/backup/main.ts', import.meta.url),
);

/** Starts `npm run backup` or `npm run restore`, without npm. */
export function startCommand(env: Record<string, string>, args: string[]): ChildProcess {
  return spawn(process.execPath, [BACKUP_MAIN, ...args], {
    env: { ...PROGRAM_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs one of them to its end. */
export async function runCommand(env: Record<string, string>, ...args: string[]) {
  const child = startCommand(env, args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as never),
    text(child.stderr as never),
    once(child, 'close'),
  ]);
  return { code: code as number | null, stdout, stderr };
}

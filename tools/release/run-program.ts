import { spawnSync } from 'node:child_process';
import { PlainError } from '@parley/kit/plain-error.ts';

/**
 * Runs a program to its end in a folder and returns its output.
 * @throws PlainError with the program's output when it fails
 */
export function runProgram(program: string, args: readonly string[], folder: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status === 0) return stdout;
  throw new PlainError(`${[program, ...args].join(' ')}: ${error?.message ?? (stderr || stdout)}`);
}

/** Runs the npm that started this script, or the one on the path, like `runProgram`. */
export function runNpm(args: readonly string[], folder: string): string {
  const { npm_execpath: cli } = process.env;
  return cli
    ? runProgram(process.execPath, [cli, ...args], folder)
    : runProgram('npm', args, folder);
}

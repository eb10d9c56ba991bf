import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Runs docker and returns its output. @throws with its error output if it fails */
export async function docker(...args: string[]): Promise<string> {
  try {
    return (await run('docker', args, { cwd: ROOT, maxBuffer: MAX_OUTPUT })).stdout;
  } catch (error) {
    throw new Error(`docker ${args.join(' ')}: ${(error as { stderr: string }).stderr}`);
  }
}

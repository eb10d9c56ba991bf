import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { PlainError } from '@parley/kit/plain-error.ts';

/** How much of what a tool reports is kept: its last lines. */
const REPORT_CHARACTERS = 2_000;

/** A database's own program. Disposing of it ends it. */
export interface Tool extends AsyncDisposable {
  input: Writable;
  /** Its output. It fails when the tool fails, also after the last byte. */
  output(): AsyncGenerator<Buffer>;
  /** Resolves when the tool ended well. @throws PlainError with what the tool reports */
  done: Promise<void>;
}

/** Starts a tool. `env` has its password, which other users of the machine cannot see there. */
export function startTool(
  name: string,
  args: string[],
  { env, secret }: { env: Record<string, string>; secret: string },
): Tool {
  const child = spawn(name, args, {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env },
    stdio: 'pipe',
  });
  let report = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    report = (report + text).slice(-REPORT_CHARACTERS);
  });
  // A tool that ended no longer reads: `done` has the reason.
  child.stdin.on('error', () => undefined);
  const said = () => (secret ? report.replaceAll(secret, '…') : report).trim();
  const done = ended(child, name, said);
  done.catch(() => undefined);
  return {
    input: child.stdin,
    done,
    async *output() {
      for await (const chunk of child.stdout as Readable) yield chunk;
      await done;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await done.catch(() => undefined);
    },
  };
}

async function ended(child: ChildProcess, name: string, said: () => string): Promise<void> {
  let code: number | null;
  let signal: string | null;
  try {
    [code, signal] = await once(child, 'close');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new PlainError(
      missing
        ? `${name} is not installed here: it comes with the database's client programs`
        : `${name}: ${(error as Error).message}`,
    );
  }
  if (code !== 0) throw new PlainError(`${name}: ${said() || `ended with ${code ?? signal}`}`);
}

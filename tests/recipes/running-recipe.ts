import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { ADDRESS, type Recipe } from './recipe.ts';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) kill(child);
});

/** A recipe as a process of its own, in an empty folder that it shares with no other. */
export interface RunningRecipe extends AsyncDisposable {
  /** What it has written to its standard output. */
  text(): string;
  /** Writes to its standard input. */
  write(text: string): void;
  /** Resolves with the exit code and the errors that it wrote. */
  ended: Promise<{ code: number | null; errors: string }>;
}

/** Starts a recipe with another address, and with other words in place of some of its words. */
export async function startRecipe(
  { code, command, file }: Recipe,
  url: string,
  words: Record<string, string> = {},
): Promise<RunningRecipe> {
  const folder = await temporaryFolder();
  const changed = Object.entries({ [ADDRESS]: url, ...words }).reduce(
    (text, [word, other]) => text.replaceAll(word, other),
    code,
  );
  await writeFile(`${folder.path}/${file}`, changed);
  await symlink(PACKAGES, `${folder.path}/node_modules`);
  // The shell of a recipe has children, which end with their group.
  const child = spawn(command, [file], { cwd: folder.path, detached: true });
  started.add(child);
  let [text, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (some) => {
    text += some;
  });
  child.stderr.setEncoding('utf8').on('data', (some) => {
    errors += some;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, errors }));
  return {
    text: () => text,
    write: (input) => void child.stdin.write(input),
    ended,
    async [Symbol.asyncDispose]() {
      kill(child);
      await ended;
      started.delete(child);
      await folder[Symbol.asyncDispose]();
    },
  };
}

function kill({ pid = 0, exitCode, signalCode }: ChildProcess): void {
  if (exitCode !== null || signalCode !== null || pid === 0) return;
  process.kill(-pid, 'SIGKILL');
}

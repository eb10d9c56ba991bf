import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Result of a play: its output, and the number of changes on each host. */
export interface Played {
  output: string;
  failed: boolean;
  changed: Record<string, number>;
}

/** Runs a play to its end. A failure is in the result. */
export async function runPlay(
  play: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Played> {
  const child = spawn('ansible-playbook', [...options, play], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'exit');
  const output = (await outputs).join('');
  return { output, failed: code !== 0, changed: changedOf(output) };
}

function changedOf(output: string): Record<string, number> {
  const lines = output.matchAll(/^(\S+) +: ok=\d+ +changed=(\d+) /gm);
  return Object.fromEntries([...lines].map(([, name, count]) => [name, Number(count)]));
}

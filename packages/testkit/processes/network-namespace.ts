import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { needs } from '../real-parts.ts';

const run = promisify(execFile);
const ip = (...args: string[]) => run('ip', args);

/** A separate network, joined to this machine's by one cable that can be pulled. */
export interface NetworkNamespace extends AsyncDisposable {
  /** This machine's address in that network. */
  host: string;
  /** Starts a program in that network. */
  spawn(command: string, args: string[]): ChildProcess;
  /** From now on nothing passes, and no side gets an error. */
  pullCable(): Promise<unknown>;
}

/** The options of a test that needs a network namespace: Linux, iproute2 and root. */
export function needsNetworkNamespace(): { skip: string | false } {
  const { skip } = needs('iproute2');
  if (skip || process.getuid?.() === 0) return { skip };
  if (process.env.REQUIRE_ALL === '1') throw new Error('REQUIRE_ALL=1, but this is not root');
  return { skip: 'a network namespace needs root' };
}

/** Makes a network namespace, with addresses reserved for documentation (RFC 5737). */
export async function openNetworkNamespace(): Promise<NetworkNamespace> {
  const name = `parley${process.pid}`;
  const [near, far] = [`pn${process.pid}`, `pf${process.pid}`];
  const inside = (...args: string[]) => ip('-n', name, ...args);
  await ip('netns', 'add', name);
  try {
    await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    await ip('addr', 'add', '203.0.113.1/30', 'dev', near);
    await ip('link', 'set', near, 'up');
    await inside('addr', 'add', '203.0.113.2/30', 'dev', far);
    await inside('link', 'set', far, 'up');
  } catch (error) {
    await ip('netns', 'del', name);
    throw error;
  }
  return {
    host: '203.0.113.1',
    spawn: (command, args) =>
      spawn('ip', ['netns', 'exec', name, command, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    pullCable: () => inside('link', 'set', far, 'down'),
    async [Symbol.asyncDispose]() {
      // The namespace's name disappears at once, but its cable only later.
      await ip('link', 'del', near);
      await ip('netns', 'del', name);
    },
  };
}

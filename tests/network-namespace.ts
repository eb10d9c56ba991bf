import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { needs } from './real-parts.ts';

const run = promisify(execFile);
const ip = (...args: string[]) => run('ip', args);

/** A network of its own, joined to this machine's by one cable that can be pulled. */
export interface NetworkNamespace extends AsyncDisposable {
  /** This machine's address as seen from there. */
  host: string;
  /** Starts a program in it. */
  spawn(command: string, args: string[]): ChildProcess;
  /** From now on nothing passes, and nobody is told. */
  pullCable(): Promise<unknown>;
}

/** The options of a test that makes a network namespace: Linux, iproute2 and root. */
export function needsNetworkNamespace(): { skip: string | false } {
  const { skip } = needs('iproute2');
  if (skip || process.getuid?.() === 0) return { skip };
  if (process.env.REQUIRE_ALL === '1') throw new Error('REQUIRE_ALL=1, but this is not root');
  return { skip: 'a network namespace needs root' };
}

/** Makes one, with addresses of a network that documentation alone uses (RFC 5737). */
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
      // The namespace goes at once by name, but its cable would go only a while later.
      await ip('link', 'del', near);
      await ip('netns', 'del', name);
    },
  };
}

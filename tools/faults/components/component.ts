import { setTimeout as delay } from 'node:timers/promises';
import type { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';

/** A component of the system that faults hit: a process, and its network links. */
export interface Component {
  name: string;
  links: LinkProxy[];
  /** The ids of its running processes. */
  pids(): number[];
  /** Ends the process with SIGKILL, or in order. Resolves when the process is gone. */
  end(how: 'kill' | 'in order'): Promise<void>;
  /** Starts the process at its previous address. Resolves when it is ready. */
  begin(): Promise<void>;
}

const TRIES = 60;
const PAUSE_MS = 500;

/** Repeats a start until it works: another component that it needs may be down at that time. */
export async function untilStarted<T>(start: () => Promise<T>): Promise<T> {
  for (let i = 1; ; i++) {
    try {
      return await start();
    } catch (error) {
      if (i === TRIES) throw error;
      await delay(PAUSE_MS);
    }
  }
}

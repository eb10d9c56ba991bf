import { setTimeout as delay } from 'node:timers/promises';
import type { LinkProxy } from '../tests/link-proxy.ts';

/** A piece of the system that can be hurt: a process, and the links it hangs on. */
export interface Piece {
  name: string;
  links: LinkProxy[];
  /** Every process it consists of now. */
  pids(): number[];
  /** Ends it with -9, or in order, and resolves when it is gone. */
  end(how: 'kill' | 'in order'): Promise<void>;
  /** Starts it where it was before; resolves when it is ready. */
  begin(): Promise<void>;
}

const TRIES = 60;
const PAUSE_MS = 500;

/** Tries a start until it works: what a piece needs at its start may itself be away just then. */
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

import { readFileSync } from 'node:fs';
import { Skip } from '../skip.ts';

/** Files that a process opens besides the measured connections. */
const OTHER_FILES = 200;

/** How many connections a process may have open on this machine. */
export function connectionsAllowed(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  // Node raises its soft limit to the hard limit when it starts, so the hard limit applies.
  const hard = Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  return hard - OTHER_FILES;
}

/**
 * Checks that a process may open `count` connections. @throws Skip that names the limit to raise
 */
export function requireConnections(count: number): void {
  const allowed = connectionsAllowed();
  if (allowed >= count) return;
  const [needed, hard] = [count + OTHER_FILES, allowed + OTHER_FILES];
  throw new Skip(`needs ${needed} open files, but ${hard} are allowed (ulimit -Hn)`);
}

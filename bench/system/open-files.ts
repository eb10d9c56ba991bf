import { readFileSync } from 'node:fs';
import { Skip } from '../bench.ts';

/** What a process opens besides the connections that are measured. */
const OTHER_FILES = 200;

/** Makes sure that a process may hold so many connections. @throws Skip that says what to change */
export function requireConnections(count: number): void {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  // Node raises its soft limit to the hard one when it starts, so that the hard one counts.
  const hard = Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const needed = count + OTHER_FILES;
  if (hard < needed) throw new Skip(`needs ${needed} open files, allowed are ${hard} (ulimit -Hn)`);
}

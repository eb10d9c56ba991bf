import { readFileSync } from 'node:fs';
import { Skip } from '../bench.ts';

/** What a process opens besides the connections that are measured. */
const OTHER_FILES = 200;

/** How many connections a process may hold at once here. */
export function connectionsAllowed(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  // Node raises its soft limit to the hard one when it starts, so that the hard one counts.
  const hard = Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  return hard - OTHER_FILES;
}

/** Makes sure that a process may hold so many connections. @throws Skip that says what to change */
export function requireConnections(count: number): void {
  const allowed = connectionsAllowed();
  if (allowed >= count) return;
  const [needed, hard] = [count + OTHER_FILES, allowed + OTHER_FILES];
  throw new Skip(`needs ${needed} open files, allowed are ${hard} (ulimit -Hn)`);
}

import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseServer } from '../tests/databases.ts';
import { type Piece, untilStarted } from './piece.ts';
import type { LinkProxy } from './proxy.ts';

/** A database server that runs already as a piece; `inOrder` is the signal of its planned stop. */
export function databasePiece(
  server: DatabaseServer,
  { links, inOrder }: { links: LinkProxy[]; inOrder: NodeJS.Signals },
): Piece {
  let up = true;
  return {
    name: 'database',
    links,
    pids: () => (up ? withChildren(server.pid) : []),
    async end(how) {
      up = false;
      await server.end(how === 'kill' ? 'SIGKILL' : inOrder);
    },
    async begin() {
      // PostgreSQL refuses to start as long as a process of the killed one is left.
      await untilStarted(() => server.start());
      up = true;
    },
  };
}

/** PostgreSQL serves each connection with a process of its own. */
function withChildren(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const children = readFileSync(file, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}

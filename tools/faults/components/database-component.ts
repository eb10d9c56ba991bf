import type { DatabaseServer } from '@parley/testkit/databases/databases.ts';
import type { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { type Component, untilStarted } from './component.ts';

/** A running database server as a component. `inOrder` is the signal of its planned stop. */
export function databaseComponent(
  server: DatabaseServer,
  { links, inOrder }: { links: LinkProxy[]; inOrder: NodeJS.Signals },
): Component {
  let up = true;
  return {
    name: 'database',
    links,
    pids: () => (up ? server.pids : []),
    async end(how) {
      up = false;
      await server.end(how === 'kill' ? 'SIGKILL' : inOrder);
    },
    async begin() {
      // PostgreSQL refuses to start while a process of the killed server is left.
      await untilStarted(() => server.start());
      up = true;
    },
  };
}

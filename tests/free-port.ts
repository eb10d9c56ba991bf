import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;
const given = new Set<number>();

/**
 * A port that is free at every address of this machine, for programs that cannot choose one
 * themselves or come back to it: below those that the system gives to outgoing connections, so that
 * nobody takes it before the program starts or while it is down, and no connection to it becomes one
 * to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    // Nobody may listen there yet when this process asks for the next.
    given.add(port);
    const server = createServer().listen(port);
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

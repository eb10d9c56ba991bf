import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;
const given = new Set<number>();

/**
 * A port that is free at every address of this machine, for programs that cannot choose one
 * themselves or that return to it. It is below the range that the system uses for outgoing
 * connections. So no other program takes it before the program starts or while it is down, and no
 * connection to it connects to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    // The program may not listen yet when this process asks for the next port.
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

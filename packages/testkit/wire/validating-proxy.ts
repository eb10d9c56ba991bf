import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Documents } from './documents.ts';
import { EventsContract } from './events-contract.ts';
import { HttpContract } from './http-contract.ts';
import { type Contracts, Tap } from './tap.ts';

/** Most faults in the report; more of the same kind add nothing. */
const SHOWN = 20;
/**
 * How long connections may take to end by themselves after the server behind the proxy has ended.
 */
const CLOSE_LIMIT_MS = 1_000;

/**
 * A proxy that passes every byte unchanged, in both directions, and checks the HTTP and the events
 * in them against openapi.yaml and asyncapi.yaml.
 */
export interface ValidatingProxy {
  /** Its address: `http://host:port`. */
  url: string;
  /**
   * Stops once the connections have ended. @throws Error that lists the differences from the
   * documents
   */
  close(): Promise<void>;
}

let contracts: Contracts | undefined;

/** Starts a proxy before an HTTP server; `port` 0 takes a free one. */
export async function startValidatingProxy(upstream: string, port = 0): Promise<ValidatingProxy> {
  contracts ??= readContracts();
  const faults = new Set<string>();
  const report = (fault: string) => void faults.add(fault);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    join(client, upstream, new Tap(contracts as Contracts, report));
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
  });
  const sockets = new Set<Socket>();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      const limit = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_LIMIT_MS);
      await closed;
      clearTimeout(limit);
      if (faults.size > 0) throw new Error(faultText([...faults]));
    },
  };
}

function readContracts(): Contracts {
  const documents = new Documents();
  return { http: new HttpContract(documents), events: new EventsContract(documents) };
}

/**
 * Each side's end or reset ends or resets the other; a side that does not read delays the other.
 */
function join(client: Socket, upstream: string, tap: Tap): void {
  const { hostname, port } = new URL(upstream);
  const server = connect({
    host: hostname,
    port: Number(port),
    allowHalfOpen: true,
    noDelay: true,
  });
  client.on('data', (bytes: Buffer) => tap.request(bytes)).pipe(server);
  server.on('data', (bytes: Buffer) => tap.response(bytes)).pipe(client);
  server.once('end', () => tap.close());
  endTogether(client, server);
  endTogether(server, client);
}

function endTogether(one: Socket, other: Socket): void {
  one.on('error', () => reset(other));
  one.once('close', () => one.errored ?? other.end());
}

/**
 * Resets a connection. While its end is on the way, libuv refuses to (`uv_tcp_close_reset`), and Node
 * would then never close it: the process could not end.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

function faultText(faults: string[]): string {
  const shown = faults.slice(0, SHOWN).map((fault) => `  ${fault}\n`);
  const more = faults.length > SHOWN ? `  and ${faults.length - SHOWN} more\n` : '';
  return `the wire differs from packages/contract/*.yaml:\n${shown.join('')}${more}`;
}

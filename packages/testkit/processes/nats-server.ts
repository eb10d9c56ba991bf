import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NATS } from '../real-parts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePort } from './free-port.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/**
 * A NATS server with JetStream in its own folder. After an end it begins again with the same data
 * and port.
 */
export interface NatsServer extends AsyncDisposable {
  url: string;
  process: ServerProcess;
  /** Opens a plain connection, which the caller closes. */
  connect(): Promise<NatsConnection>;
}

/** Starts `nats-server -js` from Debian's package. */
export async function startNats(parent?: string): Promise<NatsServer> {
  await using building = new AsyncDisposableStack();
  const folder = parent ?? building.use(await temporaryFolder()).path;
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const open = () => connect({ servers: `127.0.0.1:${port}`, reconnect: false });
  const args = ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', join(folder, 'nats')];
  const process = serverProcess({ file: NATS, args }, async () => (await open()).close());
  building.defer(() => process.end('SIGKILL'));
  await process.begin();
  const stack = building.move();
  return { url, process, connect: open, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

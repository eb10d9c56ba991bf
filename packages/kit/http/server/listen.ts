import type { AddressInfo, Server } from 'node:net';
import { StartError } from '../../run.ts';

/** The longest queue of new connections; the kernel limits it to net.core.somaxconn. */
const BACKLOG = 65_535;

/**
 * Makes a server listen. `setting` is the variable with which the user sets the port. With
 * `reusePort` other processes may listen on the same port with it, and the kernel gives each of them
 * its share of the connections.
 * @throws StartError with the reason and the setting to change
 */
export function listen(
  server: Server,
  {
    host,
    port,
    setting,
    reusePort = false,
  }: { host: string; port: number; setting: string; reusePort?: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = ({ code }: NodeJS.ErrnoException) =>
      reject(new StartError(faultText(code, { host, port, setting })));
    server.once('error', failed);
    server.listen({ host, port, backlog: BACKLOG, reusePort }, () => {
      server.removeListener('error', failed);
      resolve();
    });
  });
}

function faultText(
  code: string | undefined,
  { host, port, setting }: { host: string; port: number; setting: string },
): string {
  const where = `port ${port} on ${host}`;
  if (code === 'EADDRINUSE') {
    return `${where} is in use: stop the program that holds it, or set ${setting}`;
  }
  if (code === 'EACCES') return `${where} is not permitted: set ${setting} above 1023`;
  if (code === 'ENOTSUP') return `${where} cannot be shared on this system: set PROCESSES to 1`;
  return `cannot listen on ${where} (${code}): check ${setting.replace('PORT', 'HOST')}`;
}

/** `host:port` under which a program on this machine reaches a listening server. */
export function reachableAddress(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  if (address === '0.0.0.0') return `127.0.0.1:${port}`;
  if (address === '::') return `[::1]:${port}`;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

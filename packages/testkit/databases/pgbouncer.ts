import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptsConnections } from '../processes/accepts-connections.ts';
import { freePort } from '../processes/free-port.ts';
import { serverProcess } from '../processes/server-process.ts';
import { PGBOUNCER } from '../real-parts.ts';

/**
 * Starts PgBouncer before a database, in transaction pooling mode with two connections. Returns the
 * address for clients, and stops PgBouncer when disposed of.
 */
export async function startPgBouncer(
  databaseUrl: string,
  settings: Record<string, string> = {},
): Promise<AsyncDisposable & { url: string }> {
  const { hostname, port: databasePort, username, password, pathname } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'parley-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: '2',
    ...settings,
  };
  const database = `host=${hostname} port=${databasePort} user=${username} password=${password}`;
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const text = ['[databases]', `${pathname.slice(1)} = ${database}`, '[pgbouncer]', ...lines];
  await writeFile(file, `${text.join('\n')}\n`);
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const server = serverProcess({ file: PGBOUNCER, args: [...user, file] }, async () => {
    if (!(await acceptsConnections(port))) throw new Error('PgBouncer does not answer');
  });
  await server.begin();
  return {
    url: `postgres://${username}@127.0.0.1:${port}${pathname}`,
    async [Symbol.asyncDispose]() {
      await server.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

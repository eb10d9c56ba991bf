import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { appendFile, chmod, chown, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from '../../../tools/secrets/certificates.ts';
import { freePort } from '../processes/free-port.ts';
import { serverProcess } from '../processes/server-process.ts';
import { MARIADB, POSTGRES_ROOT } from '../real-parts.ts';

const run = promisify(execFile);

const IS_ROOT = process.getuid?.() === 0;
const PASSWORD = 'test-password';

/** A real database server in a temporary folder, on its own port. */
export interface DatabaseServer extends Databases {
  pid: number;
  /** The server and its child processes: PostgreSQL has one process for each connection. */
  pids: number[];
  port: number;
  /** The server's folder; its data are in `data`. */
  folder: string;
  /** Runs SQL in the server as its administrator. */
  execute(sql: string): Promise<{ stdout: string }>;
  /** Ends the server with a signal and resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts the server again on the same port with the same data. */
  start(): Promise<void>;
}

interface Kind {
  /** Environment variable with the address of the server that the whole run shares. */
  shared: (typeof SHARED_SERVERS)[keyof typeof SHARED_SERVERS];
  /** Creates the data folder. */
  prepare(folder: string): Promise<unknown>;
  command(folder: string, port: number): [file: string, args: string[]];
  /** Resolves when the server answers. */
  ping(port: number, folder: string): Promise<unknown>;
  create(name: string, port: number, folder: string, template?: string): Promise<string>;
  execute(sql: string, port: number, folder: string): Promise<{ stdout: string }>;
}

export interface DatabaseOptions {
  /** The folder in which the server's folder is created. */
  parent?: string;
  /** With it the server accepts TCP connections only over TLS. */
  tls?: ServerTls;
  /**
   * False: the server does not wait for the disk. Committed data survive a kill, but not a power
   * loss.
   */
  durable?: boolean;
  /** The address of this machine on which it listens; default 127.0.0.1. */
  address?: string;
  /** The port; default a free one. */
  port?: number;
  /** Further arguments of the server's program. */
  args?: string[];
  /** The server that this one copies and follows (PostgreSQL). */
  standbyOf?: DatabaseServer;
}

/** Creates empty databases. */
export interface Databases extends AsyncDisposable {
  /**
   * Creates an empty database and returns its address. On PostgreSQL it may instead be a copy of
   * `template`, a database of this server without connections.
   */
  create(name: string, template?: string): Promise<string>;
}

/** Environment variables of the servers that the whole test run shares: `<port> <folder>`. */
export const SHARED_SERVERS = { postgresql: 'TEST_POSTGRES', mariadb: 'TEST_MARIADB' } as const;

/** A server's certificate. With `clientCa`, clients must show a certificate of that authority. */
export interface ServerTls extends Certificate {
  clientCa?: string;
}

async function startServer(
  kind: Kind,
  { parent = tmpdir(), port: wanted }: DatabaseOptions,
): Promise<DatabaseServer> {
  const folder = await mkdtemp(join(parent, 'parley-database-'));
  await chmod(folder, 0o777);
  await kind.prepare(folder);
  const port = wanted ?? (await freePort());
  const [file, args] = kind.command(folder, port);
  const server = serverProcess({ file, args }, () => kind.ping(port, folder));
  const pid = () => (server.running ? server.pid : 0);
  // Also removes the folder if a test ends before it disposes of the server.
  const remove = () => {
    void server.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', remove);
  await server.begin();
  return {
    get pid() {
      return pid();
    },
    get pids() {
      return pid() === 0 ? [] : [pid(), ...childrenOf(pid())];
    },
    port,
    folder,
    create: (name, template) => kind.create(name, port, folder, template),
    execute: (sql) => kind.execute(sql, port, folder),
    end: server.end,
    start: server.begin,
    async [Symbol.asyncDispose]() {
      await server.end('SIGKILL');
      process.off('exit', remove);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** Starts PostgreSQL, the newest version of Debian's packages. */
export async function startPostgres(options: DatabaseOptions = {}): Promise<DatabaseServer> {
  return startServer(await postgres(options), options);
}

/** Databases on the shared PostgreSQL of the test run, or on a new server if there is none. */
export async function openPostgres(): Promise<Databases> {
  return openDatabases(await postgres({ durable: false }));
}

/** Like `openPostgres`, for MariaDB. */
export function openMariaDb(): Promise<Databases> {
  return openDatabases(mariaDb({ durable: false }));
}

async function openDatabases(kind: Kind): Promise<Databases> {
  const shared = process.env[kind.shared];
  if (!shared) return startServer(kind, {});
  const [port, folder = ''] = shared.split(' ');
  const run = randomBytes(4).toString('hex');
  return {
    create: (name, template) => kind.create(`${name}_${run}`, Number(port), folder, template),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function postgres(options: DatabaseOptions): Promise<Kind> {
  const bin = await postgresBin();
  const owner = IS_ROOT ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
  const asOwner = (file: string, args: string[]): [string, string[]] => {
    const [first = '', ...rest] = [...owner, join(bin, file), ...args];
    return [first, rest];
  };
  const psql = (command: string, folder: string, port: number) =>
    run(join(bin, 'psql'), ['-qd', 'postgres', '-c', command], {
      env: { PGHOST: folder, PGPORT: String(port), PGUSER: 'parley', PGPASSWORD: PASSWORD },
    });
  return {
    shared: SHARED_SERVERS.postgresql,
    async prepare(folder) {
      if (options.standbyOf) return copyPostgres(options.standbyOf, folder, asOwner);
      const passwordFile = join(folder, 'password');
      await writeFile(passwordFile, PASSWORD, { mode: 0o644 });
      const [file, args] = asOwner('initdb', [
        '-D',
        join(folder, 'data'),
        '-U',
        'parley',
        '--pwfile',
        passwordFile,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
      ]);
      await run(file, args, { cwd: folder });
      if (options.tls) await preparePostgresTls(join(folder, 'data'), options.tls);
    },
    command: (folder, port) =>
      asOwner('postgres', [
        '-D',
        join(folder, 'data'),
        '-p',
        String(port),
        '-c',
        `listen_addresses=${options.address ?? '127.0.0.1'}`,
        '-c',
        `unix_socket_directories=${folder}`,
        '-c',
        'max_connections=200',
        ...(options.durable === false ? ['-c', 'fsync=off', '-c', 'full_page_writes=off'] : []),
        ...(options.args ?? []),
      ]),
    ping: (port, folder) => psql('SELECT 1', folder, port),
    async create(name, port, folder, template = 'template1') {
      await psql(`CREATE DATABASE "${name}" TEMPLATE "${template}"`, folder, port);
      return `postgres://parley:${PASSWORD}@${host(options)}:${port}/${name}`;
    },
    execute: (sql, port, folder) => psql(sql, folder, port),
  };
}

/** Copies the data of a server for a standby. */
async function copyPostgres(
  { folder: source, port }: DatabaseServer,
  folder: string,
  asOwner: (file: string, args: string[]) => [string, string[]],
): Promise<void> {
  const from = `host=${source} port=${port} user=parley password=${PASSWORD}`;
  const [file, args] = asOwner('pg_basebackup', [
    '-D',
    join(folder, 'data'),
    '-d',
    from,
    '-R',
    '--checkpoint=fast',
    '--no-sync',
  ]);
  await run(file, args, { cwd: folder });
}

/** The key file must have the owner of the data folder. */
async function preparePostgresTls(data: string, { cert, key, clientCa }: ServerTls): Promise<void> {
  const { uid, gid } = await stat(data);
  const files = { 'server.crt': cert, 'server.key': key, 'clients.crt': clientCa ?? cert };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(data, name), text, { mode: 0o600 });
    await chown(join(data, name), uid, gid);
  }
  const client = clientCa ? 'clientcert=verify-ca' : '';
  const rules = ['local all all scram-sha-256', `hostssl all all all scram-sha-256 ${client}`];
  await writeFile(join(data, 'pg_hba.conf'), `${rules.join('\n')}\n`);
  const settings = `ssl = on\nssl_ca_file = 'clients.crt'\n`;
  await appendFile(join(data, 'postgresql.conf'), settings);
}

/** The host in the database's address; a certificate needs a name. */
function host({ tls }: DatabaseOptions): string {
  return tls ? 'localhost' : '127.0.0.1';
}

async function postgresBin(): Promise<string> {
  const versions = await readdir(POSTGRES_ROOT);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return join(POSTGRES_ROOT, newest ?? '', 'bin');
}

/** Starts MariaDB from Debian's package. */
export function startMariaDb(options: DatabaseOptions = {}): Promise<DatabaseServer> {
  return startServer(mariaDb(options), options);
}

function mariaDb(options: DatabaseOptions): Kind {
  const user = IS_ROOT ? ['--user=root'] : [];
  const files = (folder: string) => [
    `--datadir=${join(folder, 'data')}`,
    // A starting server removes the temporary tables of every other server in the same folder.
    `--tmpdir=${folder}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
  ];
  const mariadb = (folder: string, command: string) =>
    run('mariadb', [
      '--no-defaults',
      `--socket=${join(folder, 'socket')}`,
      '-u',
      'root',
      '-e',
      command,
    ]);
  return {
    shared: SHARED_SERVERS.mariadb,
    async prepare(folder) {
      await run('mariadb-install-db', [
        '--no-defaults',
        ...user,
        `--datadir=${join(folder, 'data')}`,
        `--tmpdir=${folder}`,
        '--skip-test-db',
        '--auth-root-authentication-method=normal',
      ]);
      if (!options.tls) return;
      const { cert, key, clientCa } = options.tls;
      await writeFile(join(folder, 'server.crt'), cert);
      await writeFile(join(folder, 'server.key'), key, { mode: 0o600 });
      await writeFile(join(folder, 'clients.crt'), clientCa ?? cert);
    },
    command: (folder, port) => [
      MARIADB,
      [
        '--no-defaults',
        ...user,
        ...files(folder),
        `--port=${port}`,
        `--bind-address=${options.address ?? '127.0.0.1'}`,
        ...(options.args ?? []),
        ...(options.tls ? mariaDbTls(folder) : []),
        ...(options.durable === false ? ['--innodb-flush-method=nosync'] : []),
      ],
    ],
    ping: (_port, folder) => mariadb(folder, 'SELECT 1'),
    execute: (sql, _port, folder) => mariadb(folder, sql),
    async create(name, port, folder) {
      await mariadb(
        folder,
        `CREATE DATABASE \`${name}\`; GRANT ALL ON \`${name}\`.* TO 'parley'@'%' IDENTIFIED BY '${PASSWORD}' ${options.tls?.clientCa ? 'REQUIRE X509' : ''};
         GRANT ALL ON \`parley\\_check\\_%\`.* TO 'parley'@'%'`,
      );
      return `mysql://parley:${PASSWORD}@${host(options)}:${port}/${name}`;
    },
  };
}

function mariaDbTls(folder: string): string[] {
  return [
    `--ssl-cert=${join(folder, 'server.crt')}`,
    `--ssl-key=${join(folder, 'server.key')}`,
    `--ssl-ca=${join(folder, 'clients.crt')}`,
    '--require-secure-transport=ON',
  ];
}

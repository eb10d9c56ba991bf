import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { makeCertificate, type SignedCertificate } from '../credentials/certificates.ts';
import { NGINX } from '../real-parts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';
import { acceptsConnections } from './accepts-connections.ts';
import { freePort } from './free-port.ts';
import { startNameServer } from './name-server.ts';

const INSTALL = fileURLToPath(new URL('../../../infra/nginx/install.sh', import.meta.url));

/** The replicas of a service: loopback addresses and their common port. */
export interface Replicas {
  addresses: string[];
  port: number;
}

/** A service without replicas. */
const NOWHERE: Replicas = { addresses: [], port: 1 };

/** A text in a file of infra/nginx and its replacement; the file must contain it. */
export interface Edit {
  file: string;
  from: string | RegExp;
  to: string;
}

/** A request in the access log. */
export interface LoggedRequest {
  requestId: string;
  address: string;
  method: string;
  path: string;
  status: number;
  upstream: string;
  upstreamStatus: string;
  server: string;
}

/** A real nginx with the shipped configuration. */
export interface FrontDoor extends AsyncDisposable {
  pid: number;
  url: string;
  plainUrl: string;
  /** The authority that signed its certificate, PEM; this process trusts it. */
  ca: string;
  /** The folder in which a client of ACME leaves its answers. */
  challenges: string;
  /** The addresses of `chat`, `broadcast` and `broker`; nginx asks again every second. */
  names: Map<string, string[]>;
  /** Everything that nginx wrote: the access log, then its standard error. */
  written(): Promise<string>;
  /** The requests in the log so far. */
  logged(): Promise<LoggedRequest[]>;
}

/** What nginx leads to: replicas, or the URL of one process. */
interface FrontDoorOptions {
  chat: Replicas | string;
  /** The same as `chat` if absent, for one process that is both. */
  broadcast?: Replicas | string;
  broker?: Replicas | string;
  edits?: Edit[];
  certificate?: SignedCertificate;
}

/**
 * Starts nginx with infra/nginx. Only ports, addresses and paths are replaced, and what `edits` ask
 * for.
 */
export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const { edits = [], certificate } = options;
  const chat = replicasOf(options.chat);
  const broadcast = replicasOf(options.broadcast ?? chat);
  const broker = replicasOf(options.broker ?? NOWHERE);
  await using made = new AsyncDisposableStack();
  const folder = made.use(await temporaryFolder());
  await chmod(folder.path, 0o755);
  const names = made.use(await startNameServer());
  for (const [name, { addresses }] of Object.entries({ chat, broadcast, broker }))
    names.names.set(name, addresses);
  const [plainPort, tlsPort] = [await freePort(), await freePort()];
  const { cert, key, ca } = certificate ?? (await makeCertificate('localhost'));
  setDefaultCACertificates([...getCACertificates(), ca]);
  await writeFile(join(folder.path, 'edge.crt'), cert);
  await writeFile(join(folder.path, 'edge.key'), key);
  install(folder.path);
  const here: Edit[] = [
    { file: 'site/places.conf', from: '/tmp/', to: `${folder.path}/` },
    { file: 'site/listen-plain.conf', from: 'listen 8080', to: `listen 127.0.0.1:${plainPort}` },
    { file: 'site/listen-tls.conf', from: '8443', to: `127.0.0.1:${tlsPort}` },
    { file: 'site/upstreams.conf', from: 'chat:8081', to: `chat:${chat.port}` },
    { file: 'site/upstreams.conf', from: 'broadcast:8082', to: `broadcast:${broadcast.port}` },
    { file: 'site/upstreams.conf', from: 'broker:8083', to: `broker:${broker.port}` },
    {
      file: 'site/places.conf',
      from: '127.0.0.11 valid=2s',
      to: `127.0.0.1:${names.port} valid=1s`,
    },
    { file: 'site/places.conf', from: 'default "";', to: `default ":${tlsPort}";` },
    { file: 'site/places.conf', from: '/dev/stdout', to: `${folder.path}/access.log` },
    { file: 'site/challenges.conf', from: '/challenges', to: `${folder.path}/challenges` },
    { file: 'site/process.conf', from: '/tmp/', to: `${folder.path}/` },
    { file: 'site/certificate.conf', from: '/run/secrets/', to: `${folder.path}/` },
  ];
  for (const edit of [...here, ...edits]) await apply(folder.path, edit);
  const nginx = made.adopt(await run(folder.path, tlsPort), ({ stop }) => stop());
  const upstreams = await readFile(join(folder.path, 'site/upstreams.conf'), 'utf8');
  if (/^ *server .* resolve/m.test(upstreams)) {
    await until('nginx looked the services up', () => names.asked.size === 3);
  }
  const stack = made.move();
  const accessLog = () => readFile(join(folder.path, 'access.log'), 'utf8');
  return {
    pid: nginx.pid,
    url: `https://localhost:${tlsPort}`,
    plainUrl: `http://127.0.0.1:${plainPort}`,
    ca,
    challenges: join(folder.path, 'challenges'),
    names: names.names,
    written: async () => (await accessLog()) + nginx.output(),
    async logged() {
      const lines = (await accessLog()).trimEnd().split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function replicasOf(service: Replicas | string): Replicas {
  if (typeof service !== 'string') return service;
  return { addresses: ['127.0.0.1'], port: Number(new URL(service).port) };
}

function install(folder: string): void {
  execFileSync('sh', [INSTALL, folder], { env: { ...process.env, NGINX } });
}

async function apply(folder: string, { file, from, to }: Edit): Promise<void> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8');
  const edited = typeof from === 'string' ? text.replaceAll(from, to) : text.replace(from, to);
  if (edited === text) throw new Error(`infra/nginx/${file} has no ${from}`);
  await writeFile(path, edited);
}

async function run(
  folder: string,
  port: number,
): Promise<{ pid: number; output: () => string; stop: () => Promise<void> }> {
  const conf = join(folder, 'nginx.conf');
  const child = spawn(NGINX, ['-p', folder, '-c', conf, '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  const exited = once(child, 'exit');
  await until('nginx listens', () => {
    if (child.exitCode !== null) throw new Error(`nginx ended:\n${output}`);
    return acceptsConnections(port);
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

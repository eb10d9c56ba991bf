import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PROGRAM_ENV } from '../program-env.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startValidatingProxy } from '../wire/validating-proxy.ts';

/** More lines than any test reads. */
const KEPT_LINES = 10_000;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** One of Parley's programs as a real process. */
export interface Running extends AsyncDisposable {
  pid: number;
  /** The HTTP address: a proxy that checks all traffic against openapi.yaml and asyncapi.yaml. */
  url: string;
  /** The log line that reports that the program is ready. */
  ready: Record<string, string>;
  /** The first lines of the program's output. */
  output: readonly string[];
  /**
   * Sends a signal and resolves with the exit code, or with the signal's name if there is none.
   * @throws Error if the traffic did not match the documents
   */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

export type Program =
  | 'services/standalone'
  | 'services/chat'
  | 'services/broadcast'
  | 'services/catalog'
  | 'services/hooks'
  | 'broker'
  | 'examples/publish-receive'
  | 'examples/socket-io'
  | 'examples/websocket-room';

/** The result of a program that ended by itself. */
export interface Ended {
  code: number | null;
  stderr: string;
}

/**
 * Starts a program behind a validating proxy, on free ports unless `env` names some; resolves when
 * the program reports that it is ready. `PORT` is the proxy's; the program uses a free one.
 */
export async function start(program: Program, env: Record<string, string>): Promise<Running> {
  const { exited, ...bare } = await begin(program, { ...env, PORT: '0' });
  const proxy = await startValidatingProxy(bare.url, Number(env.PORT ?? 0));
  const judged = exited.then(async (code) => {
    await proxy.close();
    return code;
  });
  return running({ ...bare, url: proxy.url, exited: judged });
}

/** Starts a standalone on an empty folder, behind the same proxy; `stack` ends both. */
export async function startStandalone(
  stack: AsyncDisposableStack,
  env: Record<string, string> = {},
): Promise<Running> {
  const { path: DATA_DIR } = stack.use(await temporaryFolder());
  return stack.use(await start('services/standalone', { DATA_DIR, ...env }));
}

/** Like `start`, but without the proxy, for tests below HTTP on the program's own sockets. */
export async function startBare(program: Program, env: Record<string, string>): Promise<Running> {
  return running(await begin(program, env));
}

interface Begun extends Pick<Running, 'url' | 'ready' | 'output'> {
  child: ChildProcess;
  /** The exit code or the signal's name. */
  exited: Promise<number | string>;
}

async function begin(program: Program, env: Record<string, string>): Promise<Begun> {
  const child = launch(program, env);
  const output: string[] = [];
  const ready = await readyLine(child, output);
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  return { child, ready, output, url: ready.url ?? '', exited };
}

function running({ child, ready, output, url, exited }: Begun): Running {
  // `end` returns this promise; until then a rejection must not crash the test.
  exited.catch(() => undefined);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    pid: child.pid ?? 0,
    url,
    ready,
    output,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

/** Runs a program that is expected to end by itself. */
export async function runToEnd(program: Program, env: Record<string, string>): Promise<Ended> {
  const child = launch(program, env);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

/**
 * Programs end with the test file at the latest, even if a test failed before it could end them.
 */
const launched = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of launched) child.kill('SIGKILL');
});

/** Programs that keep data. Without a place they would use the developer's own. */
const KEEPING = ['services/standalone', 'services/chat'];

function launch(program: Program, env: Record<string, string>): ChildProcess {
  if (
    KEEPING.includes(program) &&
    !('DATA_DIR' in env) &&
    !('STORE_URL' in env) &&
    !('STORE_URL_FILE' in env)
  )
    throw new Error(`${program} needs DATA_DIR or STORE_URL, such as a temporary folder`);
  const child = spawn(process.execPath, [`${program}/main.ts`], {
    cwd: ROOT,
    env: {
      ...PROGRAM_ENV,
      PORT: '0',
      MQTT_PORT: '0',
      SERVER_NAME: 'test',
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  launched.add(child);
  child.once('exit', () => launched.delete(child));
  return child;
}

/** The log is read to its end, so that the program never waits for a full pipe. */
function readyLine(child: ChildProcess, output: string[]): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      if (output.length < KEPT_LINES) output.push(line);
      if (line.includes('"url"')) resolve(JSON.parse(line));
    });
    child.stderr?.on('data', (chunk) => output.push(String(chunk)));
    child.once('exit', (code) =>
      reject(new Error(`ended with ${code} before it was ready:\n${output.join('\n')}`)),
    );
  });
}

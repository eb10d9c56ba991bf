import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { startMariaDb, startPostgres } from '@parley/testkit/databases/databases.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

/** A stream ends only when the server stops, so a request for one never gets a whole answer. */
const STREAMS = 'streamEvents';
const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Further correct answers to documented requests, beside those that schemathesis expects. */
const CONFIG = `${HERE}schemathesis.toml`;
/** The servers of the stores other than the embedded one. */
const SERVERS: Record<string, typeof startPostgres> = {
  postgres: startPostgres,
  mariadb: startMariaDb,
};
/** All requests come from one address. */
const WITHOUT_LIMITS = {
  POSTS_PER_ADDRESS: '0',
  POSTS_PER_ACCOUNT: '0',
  STREAMS_PER_ADDRESS: '0',
  STREAMS_PER_ACCOUNT: '0',
  CONNECTIONS_PER_ADDRESS: '0',
};

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '20261128' },
    store: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
  },
});
const program = values.program ?? 'schemathesis';

/** Runs schemathesis on the document that a server serves; resolves with the exit code. */
async function tryDocument(
  url: string,
  { authorization, cwd }: { authorization: string; cwd: string },
): Promise<number> {
  const args = [
    '--config-file',
    CONFIG,
    'run',
    `${url}/openapi.yaml`,
    '--url',
    url,
    '--checks',
    'all',
    '--no-color',
    '--header',
    `Authorization: ${authorization}`,
    '--exclude-operation-id',
    STREAMS,
    '--max-time',
    values.seconds,
    '--seed',
    values.seed,
    '--generation-database',
    'none',
    '--request-timeout',
    '10',
    '--max-failures',
    '50',
    '--continue-on-failure',
    '--suppress-health-check',
    'all',
    '--warnings',
    'off',
  ];
  const python = { PYTHONPATH: HERE, PYTHONDONTWRITEBYTECODE: '1' };
  const env = { ...process.env, ...python, SCHEMATHESIS_HOOKS: 'hooks' };
  const child = spawn(program, args, { stdio: 'inherit', env, cwd });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

async function tryStore(store: string): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const startServer = SERVERS[store];
  const server = startServer && stack.use(await startServer());
  const STORE_URL = (await server?.create('schemathesis')) ?? '';
  const key = tokenKeyFile(folder.path);
  const env = {
    ...WITHOUT_LIMITS,
    DATA_DIR: folder.path,
    STORE_URL,
    TOKEN_KEY_FILE: key.file,
  };
  const parley = stack.use(await startBare('services/standalone', env));
  // A token without a session, so that signing out does not end it.
  const { Authorization } = key.headersOf('schemathesis', { role: 'admin' });
  console.log(`schemathesis on ${store}, seed ${values.seed}`);
  return await tryDocument(parley.url, { authorization: Authorization, cwd: folder.path });
}

for (const store of values.store) {
  const code = await tryStore(store);
  if (code !== 0) process.exitCode = code;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * `node infra/image/compile.ts [program …]` runs before a release is used. It starts and stops each
 * named program once (default: all), to fill Node's compile cache (`NODE_COMPILE_CACHE`). It fails
 * when a program cannot start or stop.
 */
const NOWHERE = 'mqtt://127.0.0.1:9';
const PROGRAMS = {
  'services/standalone/main.ts': {},
  'services/chat/main.ts': { MQTT_URL: NOWHERE },
  'services/broadcast/main.ts': { MQTT_URL: NOWHERE },
  'services/catalog/main.ts': { NATS_URL: 'nats://127.0.0.1:9' },
  'services/hooks/main.ts': { MQTT_URL: NOWHERE },
  'broker/main.ts': {},
};

const named = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'parley-'));
const env = { ...process.env, PORT: '0', MQTT_PORT: '0', DATA_DIR: folder };
for (const [program, itsEnv] of Object.entries(PROGRAMS)) {
  if (named.length > 0 && !named.includes(program)) continue;
  const store = { STORE_URL: `sqlite:${join(folder, 'parley.db')}` };
  await startAndStop(program, { ...env, ...store, ...itsEnv });
}
rmSync(folder, { recursive: true });
await runToEnd('infra/image/healthy.ts');
await import('@parley/chat/store/sql/postgres.ts');
await import('@parley/chat/store/sql/mysql.ts');
await import('@parley/catalog/store/sql/postgres.ts');
await import('@parley/catalog/store/sql/mysql.ts');
await import('@parley/hooks/store/sql/postgres.ts');
await import('@parley/hooks/store/sql/mysql.ts');

async function startAndStop(program: string, itsEnv: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [program], {
    env: itsEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line);
    if (url === undefined) continue;
    await (await fetch(`${url}/healthz`)).text();
    child.kill('SIGTERM');
  }
  const [code] = await exited;
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}

/** Runs a program to its end. Ignores its exit code: no service listens here. */
async function runToEnd(program: string): Promise<void> {
  await once(spawn(process.execPath, [program], { stdio: 'inherit' }), 'exit');
}

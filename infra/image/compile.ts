import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Run before a release runs (`node infra/image/compile.ts [program …]`, all of them where none is
 * named): starts each program once and stops it, so that what Node compiles is in
 * `NODE_COMPILE_CACHE`. A program that cannot start or stop fails it.
 */
const NOWHERE = 'mqtt://127.0.0.1:9';
const PROGRAMS = {
  'services/standalone/main.ts': {},
  'services/chat/main.ts': { MQTT_URL: NOWHERE },
  'services/broadcast/main.ts': { MQTT_URL: NOWHERE },
  'services/catalog/main.ts': { NATS_URL: 'nats://127.0.0.1:9' },
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

/** Whatever its answer: here nothing listens. */
async function runToEnd(program: string): Promise<void> {
  await once(spawn(process.execPath, [program], { stdio: 'inherit' }), 'exit');
}

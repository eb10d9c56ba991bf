import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

/**
 * A service that prints when it begins to start, takes a given time for it, and prints when it
 * stops.
 */
const PART = `
  import { setTimeout as delay } from 'node:timers/promises';
  import { run } from '${new URL('run.ts', import.meta.url)}';
  const log = { info() {}, fatal() {} };
  await run(async () => {
    console.log('starting');
    await delay(Number(process.argv[1]));
    return { log, stop: { [Symbol.asyncDispose]: async () => console.log('stopped') } };
  }, { args: [], usage: '' });
`;

function startPart(startMs: number) {
  const args = ['--input-type=module', '-e', PART, String(startMs)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const exited = once(child, 'close').then(([code]) => ({ code, said }));
  return { child, exited, starting: once(child.stdout, 'data') };
}

test('a signal that comes while a service starts stops it in order after the start', async () => {
  const { child, exited, starting } = startPart(300);
  await starting;
  child.kill('SIGTERM');
  assert.deepEqual(await exited, { code: 0, said: 'starting\nstopped\n' });
});

test('two signals within a second are one request to stop', async () => {
  const { child, exited, starting } = startPart(300);
  await starting;
  for (const signal of ['SIGHUP', 'SIGTERM'] as const) child.kill(signal);
  assert.deepEqual(await exited, { code: 0, said: 'starting\nstopped\n' });
});

test('a second signal after more than a second ends the process at once', async () => {
  const { child, exited, starting } = startPart(60_000);
  await starting;
  child.kill('SIGTERM');
  const again = setInterval(() => child.kill('SIGINT'), 50);
  const { code, said } = await exited;
  clearInterval(again);
  assert.deepEqual({ code, said }, { code: 1, said: 'starting\n' });
});

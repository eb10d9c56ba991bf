import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

/** A part that says when it begins to start, takes its time for it, and says when it stops. */
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

test('a signal that comes while a part starts stops it in order once it has', async () => {
  const { child, exited, starting } = startPart(300);
  await starting;
  child.kill('SIGTERM');
  assert.deepEqual(await exited, { code: 0, said: 'starting\nstopped\n' });
});

test('a signal that arrives twice within a second is one wish to stop', async () => {
  const { child, exited, starting } = startPart(300);
  await starting;
  for (const signal of ['SIGHUP', 'SIGTERM'] as const) child.kill(signal);
  assert.deepEqual(await exited, { code: 0, said: 'starting\nstopped\n' });
});

test('a second signal after that ends it at once', async () => {
  const { child, exited, starting } = startPart(60_000);
  await starting;
  child.kill('SIGTERM');
  const again = setInterval(() => child.kill('SIGINT'), 50);
  const { code, said } = await exited;
  clearInterval(again);
  assert.deepEqual({ code, said }, { code: 1, said: 'starting\n' });
});

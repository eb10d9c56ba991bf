import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDevice } from '@parley/testkit/clients/device.ts';
import { type Program, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

/** Less than the time after which a process that does not stop ends itself. */
const STOP_MS = 10_000;
const PROGRAMS: Program[] = ['broker', 'services/standalone'];

for (const program of PROGRAMS) {
  test(`${program} stops in order while a device is connected over WebSocket`, async () => {
    await using folder = await temporaryFolder();
    await using parley = await startBare(program, { DATA_DIR: folder.path });
    await using device = await openDevice(`${parley.url.replace('http', 'ws')}/mqtt`);
    const closed = new Promise<void>((resolve) => device.client.once('close', () => resolve()));
    const beganAt = performance.now();
    assert.equal(await parley.end('SIGTERM'), 0);
    assert.ok(performance.now() - beganAt < STOP_MS);
    await closed;
  });
}

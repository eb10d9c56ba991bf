import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import {
  type NetworkNamespace,
  needsNetworkNamespace,
  openNetworkNamespace,
} from '@parley/testkit/processes/network-namespace.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** A program that reads a stream and prints a line when it has begun. */
const READ = `
  const response = await fetch(process.argv[1]);
  for await (const _ of response.body) console.log('reading');
`;

test(
  'readers whose network vanished are found within 30 s, idle or with bytes in flight',
  needsNetworkNamespace(),
  async (t) => {
    await using folder = await temporaryFolder();
    await using parley = await startBare('services/standalone', {
      DATA_DIR: folder.path,
      HOST: '0.0.0.0',
      HEARTBEAT_SECONDS: '3600',
    });
    await using network = await openNetworkNamespace();
    const { port } = new URL(parley.url);
    for (const channel of ['idle', 'busy']) {
      await read(t, network, `http://${network.host}:${port}/broadcast/${channel}`);
    }
    assert.equal(await metric(parley.url, 'parley_streams_open'), 2);

    await network.pullCable();
    const pulledAt = performance.now();
    await post(parley.url, 'busy', 'who hears this?');
    const gone = () => metric(parley.url, 'parley_streams_closed_total{reason="unreachable"}');
    await until('both readers were found', async () => (await gone()) === 2, 40_000);
    const seconds = (performance.now() - pulledAt) / 1000;
    assert.ok(seconds < 30, `${seconds} s`);
    assert.equal(await metric(parley.url, 'parley_streams_open'), 0);
  },
);

/** Starts a reader in the network namespace and resolves when it reads. */
async function read(t: TestContext, network: NetworkNamespace, url: string): Promise<void> {
  const child = network.spawn(process.execPath, ['--input-type=module', '-e', READ, url]);
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(() => {
    throw new Error('the reader ended before it read');
  });
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended]);
  ended.catch(() => undefined);
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { until } from '@parley/testkit/until.ts';
import { Aedes } from 'aedes';
import { openLog } from '../log/log.ts';
import { Metrics } from '../metrics.ts';
import { openBus } from './bus.ts';

/** What a broker does with the subscription to the echo's topic. */
const REFUSALS = {
  'refuses the echo': false,
  'cuts off a client that subscribes to the echo': true,
};

for (const [what, cutsOff] of Object.entries(REFUSALS)) {
  test(`a broker that ${what} is tried again after a pause, and not after the bus is closed`, async () => {
    const aedes = await Aedes.createBroker({
      authorizeSubscribe: (client, _, done) => {
        if (cutsOff) client.close();
        else done(null, null);
      },
    });
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      aedes.handle(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
    const bus = openBus(
      {
        mqttUrl: `mqtt://127.0.0.1:${port}`,
        mqttCaFile: '',
        mqttDots: 'plain',
        mqttGroups: 'auto',
      },
      { part: 'test', log, metrics: new Metrics() },
    );
    await delay(1_200);
    assert.ok(connections <= 4, `${connections} connections`);
    await until('it has tried again', () => connections >= 2);
    assert.equal(bus.connected, false);

    await bus[Symbol.asyncDispose]();
    const before = connections;
    await delay(700);
    assert.equal(connections, before);
    server.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
  });
}

test('signals for a broker that reads nothing are dropped and counted', async () => {
  await using stack = new AsyncDisposableStack();
  const aedes = await Aedes.createBroker();
  stack.defer(() => new Promise<void>((resolve) => aedes.close(resolve)));
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  stack.defer(() => void server.close());
  await once(server, 'listening');
  const link = await LinkProxy.open([(server.address() as AddressInfo).port]);
  const metrics = new Metrics();
  const bus = openBus(
    {
      mqttUrl: `mqtt://127.0.0.1:${link.port}`,
      mqttCaFile: '',
      mqttDots: 'plain',
      mqttGroups: 'auto',
    },
    {
      part: 'test',
      log: await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test'),
      metrics,
    },
  );
  stack.use(bus);
  stack.use(link);
  const dropped = async () => {
    const text = await metrics.registry.metrics();
    return Number(/published_total\{part="test",outcome="dropped"\} (\d+)/.exec(text)?.[1]);
  };
  await until('the link is up', () => bus.connected);
  let received = 0;
  await bus.subscribe('signals', () => {
    received++;
  });
  for (let i = 0; i < 100; i++) bus.publishOnce('signals', 'x');
  await until('all have arrived', () => received === 100);
  assert.equal(await dropped(), 0);
  link.hold();
  const signals = 10_000;
  for (let i = 0; i < signals; i++) {
    bus.publishOnce('signals', 'x'.repeat(4_096));
  }
  assert.ok((await dropped()) > signals / 2, `${await dropped()} dropped`);
});

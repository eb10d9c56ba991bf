import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Aedes } from 'aedes';
import { openLog } from '../log/log.ts';
import { Metrics } from '../metrics.ts';
import { openBus } from './bus.ts';
import type { BusWill } from './client.ts';

interface Received {
  text: string;
  topic: string;
  retained: boolean;
}

/** Starts a broker and connects buses to it. */
async function openBroker() {
  const stack = new AsyncDisposableStack();
  const aedes = await Aedes.createBroker();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    aedes.handle(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => void server.close());
  stack.defer(() => new Promise<void>((resolve) => aedes.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const connect = async (will?: BusWill) => {
    const bus = openBus(
      {
        mqttUrl: `mqtt://127.0.0.1:${port}`,
        mqttCaFile: '',
        mqttDots: 'escaped',
        mqttGroups: 'auto',
      },
      { part: 'test', log, metrics: new Metrics(), ...(will && { will }) },
    );
    stack.use(bus);
    await new Promise<void>((resolve) => bus.onLink(() => resolve()));
    return bus;
  };
  return { stack, sockets, connect };
}

test('a later subscriber with a + filter gets retained messages, marked as retained', async () => {
  const { stack, connect } = await openBroker();
  await using _ = stack;
  const publisher = await connect();
  publisher.publish('here/a.b/1', 'kept', { retain: true });
  publisher.publish('here/other/1', 'of another', { retain: true });
  await publisher.echo();
  const subscriber = await connect();
  const received: Received[] = [];
  await subscriber.subscribe('here/a.b/+', (payload, from) =>
    received.push({ text: payload.toString(), ...from }),
  );
  await subscriber.echo();
  publisher.publish('here/a.b/2', 'live', { retain: true });
  await publisher.echo();
  await subscriber.echo();
  assert.deepEqual(received, [
    { text: 'kept', topic: 'here/a%2Eb/1', retained: true },
    { text: 'live', topic: 'here/a%2Eb/2', retained: false },
  ]);
});

test('the will is published when the link is cut, and not after an orderly close', async () => {
  const { stack, sockets, connect } = await openBroker();
  await using _ = stack;
  const subscriber = await connect();
  const gone: string[] = [];
  const both = Promise.withResolvers<void>();
  await subscriber.subscribe('gone/+', (_payload, { topic }) => {
    gone.push(topic);
    if (topic === 'gone/cut') both.resolve();
  });
  const polite = await connect({ topic: 'gone/polite', payload: 'gone' });
  await polite[Symbol.asyncDispose]();
  await connect({ topic: 'gone/cut', payload: 'gone' });
  sockets.at(-1)?.destroy();
  await both.promise;
  assert.deepEqual(gone, ['gone/cut']);
});

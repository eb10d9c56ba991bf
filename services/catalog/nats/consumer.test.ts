import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { startNats } from '@parley/testkit/processes/nats-server.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { openConsumer } from './consumer.ts';
import { Puller } from './puller.ts';

const STREAM = { name: 'feeds', subjects: ['sport_event'] };
const feed = { name: 'sport_event', ackSeconds: 30 };

/** A NATS server with a stream; it ends after the test. */
async function openStream(t: TestContext) {
  const nats = await startNats();
  t.after(() => nats[Symbol.asyncDispose]());
  const connection = await nats.connect();
  t.after(() => connection.close());
  const manager = await jetstreamManager(connection);
  return { connection, manager, info: await manager.streams.add(STREAM) };
}

test(
  'a catalog that starts while other processes receive messages keeps their consumer',
  needs('nats'),
  async (t) => {
    const { connection, manager, info } = await openStream(t);
    const opened = await openConsumer(manager, { ...feed, info });
    for (let i = 0; i < 10; i++) connection.publish('sport_event', 'x');
    await connection.flush();
    using puller = new Puller(connection, opened);
    assert.equal((await puller.pull()).length, 10);
    const before = await manager.consumers.info('feeds', opened.consumer);

    // The given info of the stream is older than what other processes have received.
    await openConsumer(manager, { ...feed, info });
    const after = await manager.consumers.info('feeds', opened.consumer);
    assert.deepEqual([after.created, after.delivered], [before.created, before.delivered]);
  },
);

test(
  'a stream that is recreated meanwhile gets no consumer with the old name',
  needs('nats'),
  async (t) => {
    const { manager, info } = await openStream(t);
    await manager.streams.delete('feeds');
    await manager.streams.add(STREAM);
    await assert.rejects(openConsumer(manager, { ...feed, info }), /recreated meanwhile/);
    assert.deepEqual(await manager.consumers.list('feeds').next(), []);
  },
);

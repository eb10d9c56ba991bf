import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { startNats } from '../../../tests/nats-server.ts';
import { needs } from '../../../tests/real-parts.ts';
import { openConsumer } from './consumer.ts';
import { Puller } from './puller.ts';

const NAME = 'sport_event';
const ackSeconds = 30;

test(
  'a catalog that starts while others take messages leaves their consumer alone',
  needs('nats'),
  async () => {
    await using nats = await startNats();
    const connection = await nats.connect();
    const manager = await jetstreamManager(connection);
    const info = await manager.streams.add({ name: 'feeds', subjects: [NAME] });
    const opened = await openConsumer(manager, { name: NAME, info, ackSeconds });
    for (let i = 0; i < 10; i++) connection.publish(NAME, 'x');
    await connection.flush();
    using puller = new Puller(connection, opened);
    assert.equal((await puller.pull()).length, 10);
    const before = await manager.consumers.info('feeds', opened.consumer);
    assert.equal(before.delivered.stream_seq, 10);

    // What it knows of the stream is older than what the others have taken.
    await openConsumer(manager, { name: NAME, info, ackSeconds });
    const after = await manager.consumers.info('feeds', opened.consumer);
    assert.equal(after.created, before.created);
    await connection.close();
  },
);

test(
  'a stream that is made again meanwhile gets no consumer of the old name',
  needs('nats'),
  async () => {
    await using nats = await startNats();
    const connection = await nats.connect();
    const manager = await jetstreamManager(connection);
    const info = await manager.streams.add({ name: 'feeds', subjects: [NAME] });
    await manager.streams.delete('feeds');
    await manager.streams.add({ name: 'feeds', subjects: [NAME] });
    await assert.rejects(openConsumer(manager, { name: NAME, info, ackSeconds }), /made again/);
    assert.deepEqual(await manager.consumers.list('feeds').next(), []);
    await connection.close();
  },
);

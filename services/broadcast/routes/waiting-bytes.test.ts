import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '@parley/kit/metrics.ts';
import { openWaitingBytes } from './waiting-bytes.ts';

const FRAME = new Uint8Array(100);

test('a client that fills its share leaves space for the others, each with a smaller share', () => {
  const ofClient = openWaitingBytes(new Metrics(), 10_000);
  const fill = (client: string) => {
    const waiting = ofClient(client);
    let frames = 0;
    while (waiting.take(FRAME)) frames++;
    return frames;
  };
  assert.deepEqual(['a', 'b', 'c', 'a'].map(fill), [50, 25, 12, 0]);
  for (let i = 0; i < 50; i++) ofClient('a').release(FRAME);
  assert.ok(ofClient('b').take(FRAME));
});

test('all connections of a client share its space, and nothing stays counted', async () => {
  const metrics = new Metrics();
  const ofClient = openWaitingBytes(metrics, 200);
  const [first, second] = [ofClient('a'), ofClient('a')];
  assert.equal(first.take(FRAME), true);
  assert.equal(second.take(FRAME), false);
  first.release(FRAME);
  assert.equal(second.take(FRAME), true);
  second.release(FRAME);
  assert.match(await metrics.registry.metrics(), /parley_websocket_waiting_bytes 0/);
});

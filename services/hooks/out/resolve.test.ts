import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { promises } from 'node:dns';
import { once } from 'node:events';
import { test } from 'node:test';
import { startNameServer } from '@parley/testkit/processes/name-server.ts';
import { openResolve } from './resolve.ts';

test('addresses come from DNS, and names that it does not have from the system', async () => {
  await using names = await startNameServer();
  names.names.set('shop.example', ['192.0.2.7', '192.0.2.8']);
  const resolve = openResolve({ servers: [`127.0.0.1:${names.port}`] });
  const found = await resolve('shop.example');
  assert.deepEqual(
    new Set(found.map(({ address }) => address)),
    new Set(['192.0.2.7', '192.0.2.8']),
  );
  const local = await resolve('localhost');
  assert.ok(local.some(({ address }) => address === '127.0.0.1'));
});

test('a name server that does not answer holds up nothing else', async () => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const resolve = openResolve({ servers: [`127.0.0.1:${silent.address().port}`], answerMs: 200 });
  const begun = performance.now();
  const asked = Array.from({ length: 20 }, () => resolve('slow.example'));
  const ended = Promise.allSettled(asked);
  await once(silent, 'message');
  await promises.lookup('localhost');
  assert.ok(performance.now() - begun < 1_000, 'the threads of Node are free');
  for (const answer of await ended) {
    assert.equal(answer.status === 'rejected' && answer.reason.code, 'ETIMEOUT');
  }
  silent.close();
});

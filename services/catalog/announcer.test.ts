import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { until } from '@parley/testkit/until.ts';
import { Announcer } from './announcer.ts';
import { openCatalogMetrics } from './metrics.ts';

const feed = {
  name: 'sport_event',
  type: 'event',
  channel: 'sport_event',
  perSecond: 100,
  decode: () => ({ json: '{}' }),
};
const delivery = (streamSeq: number) => ({
  feed: feed.name,
  stream: { name: 's', created: 'c' },
  streamSeq,
  publishedUs: streamSeq,
  receivedUs: 1,
  bytes: new Uint8Array(),
  decoded: { json: '{}' },
});

test('an announcement is repeated with the same key until chat answers, and the next has another key', async () => {
  const keys: unknown[] = [];
  const server = createServer(async (request, response) => {
    await text(request);
    keys.push(request.headers['idempotency-key']);
    response.writeHead(keys.length === 1 ? 503 : 201).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const chatUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openCatalogMetrics(new Metrics(), [feed]);
  {
    await using announcer = new Announcer(feed, { chatUrl, chatToken: '' }, { log, metrics });
    announcer.offer(delivery(1));
    await until('it is repeated', () => keys.length === 2);
    announcer.offer(delivery(2));
    await until('the next is announced', () => keys.length === 3);
  }
  server.close();
  assert.match(String(keys[0]), /^catalog:[0-9a-f]{16}:1:1$/);
  assert.equal(keys[1], keys[0]);
  assert.notEqual(keys[2], keys[0]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import type { Feed } from './feeds/feed.ts';
import { openCatalogMetrics } from './metrics.ts';
import type { Held } from './nats/held.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { CatalogStore } from './store/store.ts';
import { Storing } from './storing.ts';

const feed: Feed = {
  name: 'sport_event',
  type: 'event',
  channel: undefined,
  perSecond: 1,
  decode: () => ({ json: '{}' }),
};

test('a message that the store refuses is retried after a minute, and the rest of its batch is stored', async () => {
  await using folder = await temporaryFolder();
  await using store = await openSqliteStore(`${folder.path}/catalog.db`);
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openCatalogMetrics(new Metrics(), [feed]);
  const calls: string[] = [];
  const storing = new Storing({
    store,
    log,
    metrics,
    onStored: (_, { streamSeq }) => calls.push(`stored ${streamSeq}`),
  });
  const held = [1, 2, 3].map((streamSeq): Held => {
    const publishedUs = streamSeq === 2 ? Number.NaN : streamSeq;
    return {
      delivery: {
        feed: feed.name,
        stream: { name: 's', created: 'c' },
        streamSeq,
        publishedUs,
        receivedUs: 1,
        bytes: new Uint8Array(),
        decoded: { json: '{}' },
      },
      acknowledge: () => calls.push(`acknowledged ${streamSeq}`),
      extend: () => undefined,
      release: (ms) => calls.push(`released ${streamSeq} ${ms}`),
    };
  });
  await storing.store(feed, held, new AbortController().signal);
  assert.deepEqual(calls, [
    'acknowledged 1',
    'stored 1',
    'released 2 60000',
    'acknowledged 3',
    'stored 3',
  ]);
  const records = await store.records({ feed: feed.name, after: 0, limit: 10 });
  assert.deepEqual(
    records.map(({ streamSeq }) => streamSeq),
    [1, 3],
  );
  const { values } = await metrics.messages.get();
  assert.equal(values.find(({ labels }) => labels.outcome === 'refused')?.value, 1);
});

test('nothing is acknowledged or announced before the store has answered', async () => {
  const calls: string[] = [];
  await using folder = await temporaryFolder();
  await using sqlite = await openSqliteStore(`${folder.path}/catalog.db`);
  /** A real store that fails the first time. */
  const store: CatalogStore = {
    ...sqlite,
    async append(batch) {
      await turn();
      calls.push(calls.length === 0 ? 'failed' : 'committed');
      if (calls.length === 1) throw new Error('unavailable');
      return sqlite.append(batch);
    },
    check: () => Promise.reject(new Error('unavailable')),
  };
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openCatalogMetrics(new Metrics(), [feed]);
  const onStored = () => calls.push('announced');
  const held: Held = {
    delivery: {
      feed: feed.name,
      stream: { name: 's', created: 'c' },
      streamSeq: 1,
      publishedUs: 1,
      receivedUs: 1,
      bytes: new Uint8Array(),
      decoded: { json: '{}' },
    },
    acknowledge: () => calls.push('acknowledged'),
    extend: () => calls.push('extended'),
    release: () => calls.push('released'),
  };
  const storing = new Storing({ ...{ store, log, metrics }, onStored });
  await storing.store(feed, [held], new AbortController().signal);
  assert.deepEqual(calls, ['failed', 'extended', 'committed', 'acknowledged', 'announced']);
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { openStore } from './open-store.ts';
import type { CatalogStore, Delivery, RecordQuery } from './store.ts';

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
const settings = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeConnections: 8 };
const open = (storeUrl: string) => openStore({ ...settings, storeUrl }, log);

const STREAM = { name: 'feeds', created: '2026-11-21T12:00:00.123456789Z' };
const AT = Date.UTC(2026, 10, 21, 12, 0, 1) * 1000 + 234_567;

function message(streamSeq: number, more: Partial<Delivery> = {}): Delivery {
  return {
    feed: 'sport_event',
    stream: STREAM,
    streamSeq,
    publishedUs: AT + streamSeq,
    receivedUs: AT + 1_000_000,
    bytes: Buffer.from([8, 7, streamSeq & 255]),
    decoded: { json: `{"sport":"TENNIS","match_title":"m${streamSeq}","data_event":"15:0"}` },
    ...more,
  };
}

const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

async function seqs(store: CatalogStore, query: Partial<RecordQuery> = {}): Promise<number[]> {
  const records = await store.records({ feed: 'sport_event', after: 0, limit: 10_000, ...query });
  return records.map(({ seq }) => seq);
}

async function streamSeqs(
  store: CatalogStore,
  query: Partial<RecordQuery> = {},
): Promise<number[]> {
  const records = await store.records({ feed: 'sport_event', after: 0, limit: 10_000, ...query });
  return records.map(({ streamSeq }) => streamSeq);
}

for (const { name, makeUrl, options } of storeKinds()) {
  const withStore = (
    what: string,
    body: (store: CatalogStore, url: string, t: TestContext) => Promise<void>,
  ) =>
    test(`${name}: ${what}`, options, async (t) => {
      const url = await makeUrl(t);
      await using store = await open(url);
      await body(store, url, t);
    });

  withStore('a stored message is read back unchanged', async (store) => {
    const bytes = Buffer.from([0, 255, 39, 92, 0, 195]);
    const decoded = {
      json: String.raw`{"match_title":"a\u0000' \\ \"😀","big":"9007199254740993","x":-0}`,
    };
    const outcomes = await store.append([message(7, { bytes, decoded, messageId: 'id 1 ' })]);
    assert.deepEqual(outcomes, ['stored']);
    const [record] = await store.records({ feed: 'sport_event', after: 0, limit: 1 });
    assert.deepEqual(Buffer.from(record?.bytes ?? []), bytes);
    const { bytes: _, ...rest } = { ...record } as Record<string, unknown>;
    delete rest.size;
    assert.deepEqual(rest, {
      seq: 1,
      stream: 'feeds',
      streamSeq: 7,
      publishedUs: AT + 7,
      receivedUs: AT + 1_000_000,
      messageId: 'id 1 ',
      json: decoded.json,
    });
  });

  withStore(
    'a message is stored once, also when it comes several times in one batch or in several batches',
    async (store) => {
      assert.deepEqual(await store.append([message(1), message(2), message(1)]), [
        'stored',
        'stored',
        'repeated',
      ]);
      assert.deepEqual(await store.append([message(2), message(3)]), ['repeated', 'stored']);
      assert.deepEqual(await store.append([message(2)]), ['repeated']);
      assert.deepEqual(await seqs(store), [1, 2, 3]);
      assert.deepEqual(await streamSeqs(store), [1, 2, 3]);
    },
  );

  withStore(
    'messages of a recreated stream, or of one that lost its end, are new messages',
    async (store) => {
      await store.append([message(1), message(2)]);
      const again = { ...STREAM, created: '2026-11-21T12:00:00.123456790Z' };
      const later = AT + 60_000_000;
      assert.deepEqual(
        await store.append([
          message(1, { stream: again }),
          message(2, { publishedUs: later }),
          message(1, { stream: again }),
        ]),
        ['stored', 'stored', 'repeated'],
      );
      assert.deepEqual(await streamSeqs(store), [1, 2, 1, 2]);
    },
  );

  withStore(
    'a Nats-Msg-Id is stored once in its stream, with any sequence number',
    async (store) => {
      const [id, long] = ['order-1', 'x'.repeat(5_000)];
      await store.append([message(1, { messageId: id }), message(2, { messageId: long })]);
      assert.deepEqual(
        await store.append([
          message(3, { messageId: id }),
          message(4, { messageId: long }),
          message(5, { messageId: 'ORDER-1' }),
          message(6, { messageId: 'order-1 ' }),
          message(7, { messageId: 'new' }),
          message(8, { messageId: 'new' }),
          message(1, { messageId: id, stream: { ...STREAM, created: 'later' } }),
        ]),
        ['repeated', 'repeated', 'stored', 'stored', 'stored', 'repeated', 'stored'],
      );
    },
  );

  withStore('an undecodable message becomes one dead letter and uses no number', async (store) => {
    const dead = (seq: number) => message(seq, { decoded: { reason: "missing required 'sport'" } });
    assert.deepEqual(await store.append([dead(1), message(2), dead(1)]), [
      'dead',
      'stored',
      'repeated',
    ]);
    assert.deepEqual(await store.append([dead(1), dead(3)]), ['repeated', 'dead']);
    assert.deepEqual(await store.append([message(1), dead(2)]), ['repeated', 'repeated']);
    assert.deepEqual(await seqs(store), [1]);
    const [state] = await store.feeds(['sport_event', 'none']);
    assert.deepEqual(
      { ...state },
      { feed: 'sport_event', stored: 1, deadLetters: 2, publishedUs: AT + 2 },
    );
  });

  withStore(
    'two stores that receive the same messages at once store each once, without a gap',
    async (one, url) => {
      await using other = await open(url);
      const batches = upTo(40).map((i) =>
        upTo(20).map((j) => message(((i * 13 + j * 7) % 300) + 1)),
      );
      const outcomes = await Promise.all(
        batches.map((batch, i) => (i % 2 ? one : other).append(batch)),
      );
      const distinct = new Set(batches.flat().map(({ streamSeq }) => streamSeq)).size;
      assert.equal(outcomes.flat().filter((outcome) => outcome === 'stored').length, distinct);
      assert.deepEqual(await seqs(one), upTo(distinct));
      assert.equal(new Set(await streamSeqs(other)).size, distinct);
    },
  );

  withStore('each feed has its own count', async (store) => {
    const outcomes = await store.append([
      message(1),
      message(2, { feed: 'execution' }),
      message(3),
    ]);
    assert.deepEqual(outcomes, ['stored', 'stored', 'stored']);
    assert.deepEqual(await seqs(store), [1, 2]);
    assert.deepEqual(await seqs(store, { feed: 'execution' }), [1]);
    assert.deepEqual(await store.feeds([]), []);
    const states = await store.feeds(['execution', 'sport_event']);
    assert.deepEqual(
      new Map(states.map(({ feed, stored }) => [feed, stored])),
      new Map([
        ['execution', 1],
        ['sport_event', 2],
      ]),
    );
  });

  withStore('a page is a range of seqs, or of times in the order of publishing', async (store) => {
    // Stored in a different order than published, because one message came late.
    await store.append([message(1), message(2), message(5), message(6), message(3), message(4)]);
    assert.deepEqual(await streamSeqs(store, { after: 2, limit: 3 }), [5, 6, 3]);
    assert.deepEqual(await streamSeqs(store, { since: AT + 2, until: AT + 6 }), [2, 3, 4, 5]);
    assert.deepEqual(await streamSeqs(store, { since: AT + 2, limit: 2 }), [2, 3]);
    assert.deepEqual(await streamSeqs(store, { since: AT + 2, after: 5 }), [4, 5, 6]);
    assert.deepEqual(await streamSeqs(store, { since: AT + 4, after: 1 }), [4, 5, 6]);
    assert.deepEqual(await streamSeqs(store, { until: AT + 3 }), [1, 2]);
    assert.deepEqual(await seqs(store, { feed: 'none' }), []);
  });

  withStore('pages of records with the same time have no gap', async (store) => {
    await store.append(upTo(7).map((i) => message(i, { publishedUs: AT })));
    const found: number[] = [];
    for (let after = 0; ; after = found.at(-1) ?? 0) {
      const page = await seqs(store, { since: AT, after, limit: 2 });
      if (page.length === 0) break;
      found.push(...page);
    }
    assert.deepEqual(found, upTo(7));
  });

  withStore(
    'messages of a megabyte are stored, and a page has only a few of them',
    async (store) => {
      const bytes = Buffer.alloc(1_048_576, 0xa7);
      const json = JSON.stringify({ match_title: '\u0001'.repeat(1_048_576) });
      await store.append(upTo(4).map((i) => message(i, { bytes, decoded: { json } })));
      const page = await store.records({ feed: 'sport_event', after: 1, limit: 100 });
      assert.deepEqual(
        page.map(({ seq }) => seq),
        [2],
      );
      assert.ok(bytes.equals(page[0]?.bytes ?? Buffer.alloc(0)));
      assert.equal(page[0]?.json, json);
    },
  );

  withStore('a batch with one bad message stores nothing, and the next works', async (store) => {
    const bad = message(2, { publishedUs: Number.NaN });
    await assert.rejects(store.append([message(1), bad]));
    assert.deepEqual(await seqs(store), []);
    assert.deepEqual(await store.append([message(1)]), ['stored']);
  });

  withStore('a store that is closed and opened again knows the stored messages', async (_, url) => {
    const first = await open(url);
    await first.append([message(1)]);
    await first.check();
    await first[Symbol.asyncDispose]();
    await assert.rejects(first.check(), { message: 'the store is closed' });
    await using second = await open(url);
    assert.deepEqual(await second.append([message(1), message(2)]), ['repeated', 'stored']);
    assert.deepEqual(await seqs(second), [1, 2]);
  });

  withStore('ten processes may start at once', async (_, url) => {
    const stores = await Promise.all(upTo(10).map(() => open(url)));
    for (const store of stores) await store.check();
    for (const store of stores) await store[Symbol.asyncDispose]();
  });
}

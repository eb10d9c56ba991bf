import assert from 'node:assert/strict';
import { messageDraft, STORES, testsOn, upTo } from '@parley/testkit/databases/log-stores.ts';
import type { ReadMark } from '../store/read-positions/read-position-store.ts';
import { ReadPositions } from './read-positions.ts';

const general = 'general';
const NO_BUS = { publishOnce: () => undefined };

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('racing marks of two stores end at the highest', async (one, place) => {
    await using other = await place.open();
    await one.append(upTo(100).map((i) => messageDraft(general, `${i}`)));
    const marks = [one, other].map(({ readPositions }) => new ReadPositions(readPositions, NO_BUS));
    const seqs = upTo(100).sort(() => Math.random() - 0.5);
    await Promise.all(
      seqs.map(async (seq, i) => {
        const position = (await marks[i % 2]?.mark('a', general, seq)) ?? 0;
        assert.ok(position >= seq);
        await one.readPositions.mark([{ accountId: 'b', channel: general, seq }]);
      }),
    );
    for (const id of ['a', 'b']) assert.equal(await other.readPositions.position(id, general), 100);
  });

  withStore(
    'marks of one account and channel are one write, also when it fails',
    async ({ readPositions }) => {
      const writes: ReadMark[][] = [];
      let isBroken = false;
      const store = {
        mark(batch: ReadMark[]) {
          writes.push(batch);
          return isBroken ? Promise.reject(new Error('broken')) : readPositions.mark(batch);
        },
      };
      const marks = new ReadPositions(store, NO_BUS);
      const markAll = () =>
        Promise.allSettled(upTo(50).map((i) => marks.mark(i % 2 ? 'a' : 'b', general, i)));
      await markAll();
      assert.deepEqual(writes, [
        [
          { accountId: 'a', channel: general, seq: 49 },
          { accountId: 'b', channel: general, seq: 50 },
        ],
      ]);
      isBroken = true;
      for (const answer of await markAll()) {
        assert.equal(answer.status, 'rejected');
        assert.equal((answer as PromiseRejectedResult).reason.code, 'store-unavailable');
      }
      assert.equal(writes.length, 2);
      await marks.idle();
    },
  );
}

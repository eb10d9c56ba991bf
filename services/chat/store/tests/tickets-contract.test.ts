import assert from 'node:assert/strict';
import { STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';

const ticket = (hash: string, expiresAt = 2_000) => ({ hash, claims: '{"sub":"ada"}', expiresAt });

for (const kind of STORES) {
  testsOn(kind)(
    'a ticket is taken once, even in a race between replicas',
    async (one, database) => {
      await using other = await database.open();

      await one.tickets.add(ticket('a'));
      assert.deepEqual({ ...(await other.tickets.take('a')) }, ticket('a'));
      assert.equal(await one.tickets.take('a'), undefined);
      assert.equal(await one.tickets.take('never there'), undefined);

      for (let round = 0; round < 10; round++) {
        await one.tickets.add(ticket(`raced ${round}`));
        const takers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other));
        const taken = await Promise.all(
          takers.map(({ tickets }) => tickets.take(`raced ${round}`)),
        );
        assert.equal(taken.filter((row) => row !== undefined).length, 1);
      }

      await one.tickets.add(ticket('old', 1_000));
      await one.tickets.add(ticket('new', 1_001));
      assert.equal(await other.tickets.removeExpired(1_000), 1);
      assert.equal(await one.tickets.take('old'), undefined);
      assert.equal((await one.tickets.take('new'))?.expiresAt, 1_001);
    },
  );
}

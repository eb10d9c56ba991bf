import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { openStore } from './open-store.ts';
import type { OpenedStore } from './opened-store.ts';

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
const settings = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeConnections: 8 };
const ticket = (hash: string, expiresAt = 2_000) => ({ hash, claims: '{"sub":"ada"}', expiresAt });

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: a ticket is taken once, even in a race between replicas`, options, async (t) => {
    await using replicas = new AsyncDisposableStack();
    const storeUrl = await makeUrl(t);
    const open = async (): Promise<OpenedStore> =>
      replicas.use(await openStore({ ...settings, storeUrl }, log));
    const [one, other] = [await open(), await open()];

    await one.tickets.add(ticket('a'));
    assert.deepEqual({ ...(await other.tickets.take('a')) }, ticket('a'));
    assert.equal(await one.tickets.take('a'), undefined);
    assert.equal(await one.tickets.take('never there'), undefined);

    for (let round = 0; round < 10; round++) {
      await one.tickets.add(ticket(`raced ${round}`));
      const takers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other));
      const taken = await Promise.all(takers.map(({ tickets }) => tickets.take(`raced ${round}`)));
      assert.equal(taken.filter((row) => row !== undefined).length, 1);
    }

    await one.tickets.add(ticket('old', 1_000));
    await one.tickets.add(ticket('new', 1_001));
    assert.equal(await other.tickets.removeExpired(1_000), 1);
    assert.equal(await one.tickets.take('old'), undefined);
    assert.equal((await one.tickets.take('new'))?.expiresAt, 1_001);
  });
}

import assert from 'node:assert/strict';
import { messageDraft, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import { until } from '@parley/testkit/until.ts';
import { LEASE_MS } from '../lease.ts';

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('one holder at a time has the lease of the inbox', async (store, place) => {
    await using other = await place.open();
    const held = await Promise.all([store, other].map(({ inbox }, i) => inbox.hold(`holder ${i}`)));
    assert.deepEqual(held.toSorted(), [false, true]);
    const [has, lacks] = held[0] ? [store, other] : [other, store];
    const [mine, theirs] = held[0] ? ['holder 0', 'holder 1'] : ['holder 1', 'holder 0'];
    assert.equal(await has.inbox.hold(mine ?? ''), true);
    assert.equal(await lacks.inbox.noteSessions(theirs ?? '', ['x']), false);
    assert.equal(await has.inbox.noteSessions(mine ?? '', ['b', 'a']), true);
    await lacks.inbox.release(theirs ?? '');
    assert.equal(await lacks.inbox.hold(theirs ?? ''), false);
    await has.inbox.release(mine ?? '');
    assert.equal(await lacks.inbox.hold(theirs ?? ''), true);
    assert.deepEqual(await lacks.inbox.sessions(), ['b', 'a']);
    assert.equal(await has.inbox.hold(mine ?? ''), false);
    await until('the lease is over', () => has.inbox.hold(mine ?? ''), 2 * LEASE_MS);
  });

  withStore('a key is known in its channel, and nowhere else', async (store) => {
    await store.append([messageDraft('general', 'hi', { key: ' inbox s 1' })]);
    assert.equal(await store.inbox.hasKey('general', [' inbox r 1', ' inbox s 1']), true);
    assert.equal(await store.inbox.hasKey('general', [' inbox r 1', 'inbox s 1']), false);
    assert.equal(await store.inbox.hasKey('other', [' inbox s 1']), false);
  });
}

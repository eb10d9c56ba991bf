import assert from 'node:assert/strict';
import {
  AT,
  messageDraft,
  outcomes,
  page,
  STORES,
  testsOn,
} from '@parley/testkit/databases/log-stores.ts';
import { parseSearch } from '../../search/query.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { ClosingDraft } from '../store.ts';

const draft = (kind: ClosingDraft['kind'], more: Partial<ClosingDraft> = {}): ClosingDraft => ({
  ...{ kind, channel: 'general', server: 's', at: AT },
  ...more,
});
const archive = draft('close', { archived: true });
const unarchive = draft('reopen', { archived: true });

const listed = async (store: OpenedStore, newestFirst = false) =>
  (await store.channels({ after: '', limit: 9, newestFirst })).map(({ channel, archived }) => [
    channel,
    archived,
  ]);

/** Whether a channel is closed, and archived. */
const state = async (store: OpenedStore) => {
  const { closed, archived } = await page(store);
  return [closed, archived];
};

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore(
    'an archived channel takes no posts, is marked in lists, and is read',
    async (store) => {
      await store.append([messageDraft('general', 'hi'), messageDraft('other', 'hi')]);
      const [archived] = await store.append([archive]);
      assert.ok(archived?.outcome === 'stored');
      assert.deepEqual((await page(store)).events.at(-1), archived.event);
      assert.equal('archived' in archived.event && archived.event.archived, true);
      assert.deepEqual(await state(store), [true, true]);
      const thread = {
        after: 0,
        before: 99,
        limit: 9,
        newest: false,
        channel: 'general',
        thread: 1,
      };
      assert.equal((await store.thread(thread))?.archived, true);
      assert.deepEqual(outcomes(await store.append([messageDraft('general', 'no')])), [
        'channel-closed',
      ]);
      for (const newestFirst of [false, true])
        assert.deepEqual(await listed(store, newestFirst), [
          ['general', true],
          ['other', undefined],
        ]);
      const { found } = await store.search.search({ ...parseSearch('hi'), limit: 9 });
      assert.equal(found.length, 2);
      assert.deepEqual(outcomes(await store.append([unarchive])), ['stored']);
      assert.deepEqual(await state(store), [false, undefined]);
      assert.deepEqual(outcomes(await store.append([messageDraft('general', 'yes')])), ['stored']);
    },
  );

  withStore('closing and archiving change a channel once, in any order', async (store) => {
    await store.append([messageDraft('general', 'hi')]);
    const close = draft('close');
    const steps = [
      [unarchive, 'unchanged', false, undefined],
      [close, 'stored', true, undefined],
      [unarchive, 'unchanged', true, undefined],
      [archive, 'stored', true, true],
      [archive, 'unchanged', true, true],
      [close, 'unchanged', true, true],
      [draft('reopen'), 'stored', false, undefined],
    ] as const;
    for (const [step, outcome, ...after] of steps) {
      assert.deepEqual(outcomes(await store.append([step])), [outcome]);
      assert.deepEqual(await state(store), after);
    }
    assert.deepEqual(
      (await page(store)).events.map((event) => [event.kind, 'archived' in event]),
      [
        ['message', false],
        ['close', false],
        ['close', true],
        ['reopen', false],
      ],
    );
  });

  withStore('a name without a channel is not archived', async (store, { count }) => {
    const results = await store.append([archive, unarchive]);
    assert.deepEqual(outcomes(results), ['no-channel', 'unchanged']);
    assert.equal(await count('channel'), 0);
  });
}

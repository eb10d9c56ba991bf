import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import { isMessage } from '@parley/contract/events/event.ts';
import type { VoteValue } from '@parley/contract/events/vote.ts';
import {
  AT,
  messageDraft,
  messageOf,
  outcomes,
  page,
  STORES,
  seqs,
  testsOn,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import type { ClosingDraft, DeleteDraft, Draft, EditDraft, Store, VoteDraft } from '../store.ts';

const drafted = { channel: 'general', server: 'chat-1', at: AT };

const vote = (ref: number, by: string, value: VoteValue, admin = false): VoteDraft => ({
  ...drafted,
  kind: 'vote',
  ref,
  by,
  admin,
  value,
});
const edit = (ref: number, by: string, message: string, at = AT): EditDraft => ({
  ...drafted,
  kind: 'edit',
  ref,
  by,
  admin: false,
  message,
  at,
});
const remove = (ref: number, by: string, admin = false): DeleteDraft => ({
  ...drafted,
  kind: 'delete',
  ref,
  by,
  admin,
});
const close: ClosingDraft = { ...drafted, kind: 'close' };
const reopen: ClosingDraft = { ...drafted, kind: 'reopen' };
const ada = { author: 'ada' };

async function kinds(store: Store): Promise<string[]> {
  return (await page(store)).events.map(({ kind }) => kind);
}

async function message(store: Store, seq: number): Promise<ChatMessage> {
  const found = (await page(store, { after: seq - 1, before: seq + 1 })).events[0];
  assert.ok(found && isMessage(found));
  return found;
}

for (const kind of STORES) {
  const [name, makePlace, options] = kind;
  const withStore = testsOn(kind);

  withStore('a voter has one vote on a message, and the tallies count it', async (store) => {
    await store.append([messageDraft('general', 'hi')]);
    const cast: [string, VoteValue, outcome: string, up: number, down: number][] = [
      ['ada', 1, 'stored', 1, 0],
      ['ada', 1, 'unchanged', 1, 0],
      ['eve', 1, 'stored', 2, 0],
      ['ada', -1, 'stored', 1, 1],
      ['bob', 0, 'unchanged', 1, 1],
      ['ada', 0, 'stored', 1, 0],
      ['ada', 0, 'unchanged', 1, 0],
      ['Ada', -1, 'stored', 1, 1],
    ];
    for (const [by, value, outcome, up, down] of cast) {
      const [result] = await store.append([vote(1, by, value)]);
      assert.ok(result && result.outcome !== 'refused');
      assert.deepEqual(
        [result.outcome, messageOf(result)?.up, messageOf(result)?.down],
        [outcome, up, down],
      );
    }
    const { events, epoch } = await page(store);
    assert.deepEqual(events.at(-1), {
      channel: 'general',
      epoch,
      seq: 6,
      id: `${epoch}:6`,
      at: new Date(AT).toISOString(),
      kind: 'vote',
      ref: 1,
      up: 1,
      down: 1,
    });
    assert.deepEqual(
      [events.length, (await message(store, 1)).up, (await message(store, 1)).down],
      [6, 1, 1],
    );
  });

  withStore('votes in one batch count in their order, as in many batches', async (store) => {
    const batch = upTo(200).map((i) => vote(1, `voter ${i % 50}`, i % 3 === 0 ? -1 : 1));
    const results = await store.append([
      messageDraft('general', 'hi'),
      ...batch,
      vote(1, 'voter 1', 0),
    ]);
    const last = new Map(batch.map(({ by, value }) => [by, value]));
    last.delete('voter 1');
    const count = (value: number) => [...last.values()].filter((own) => own === value).length;
    const { up, down } = await message(store, 1);
    assert.deepEqual([up, down], [count(1), count(-1)]);
    const stored = results.filter(({ outcome }) => outcome === 'stored').length;
    assert.deepEqual(await seqs(store), upTo(stored));
    const [again] = await store.append([vote(1, 'voter 2', last.get('voter 2') ?? 0)]);
    assert.equal(again?.outcome, 'unchanged');
  });

  withStore('votes that race in two stores are all counted', async (one, place) => {
    await using other = await place.open();
    await one.append([messageDraft('general', 'a'), messageDraft('general', 'b')]);
    await Promise.all(
      upTo(120).map((i) =>
        (i % 2 ? one : other).append([
          vote(1 + (i % 2), `voter ${i}`, 1),
          vote(1, `voter ${i % 7}`, i % 3 ? 1 : -1),
        ]),
      ),
    );
    await one.append(upTo(7).map((i) => vote(1, `voter ${i - 1}`, -1)));
    const { up, down } = await message(other, 1);
    assert.deepEqual([up, down], [60 - 3, 7]);
    assert.equal((await message(other, 2)).up, 60);
    assert.deepEqual(await seqs(one), upTo((await page(one)).head));
  });

  withStore('only a message can be voted on, edited or deleted', async (store) => {
    await store.append([messageDraft('general', 'hi', ada), vote(1, 'eve', 1), close, reopen]);
    const refs = [2, 3, 4, 5, 1e15 - 1];
    const drafts: ((ref: number) => Draft)[] = [
      (ref: number) => vote(ref, 'ada', 1),
      (ref: number) => edit(ref, 'ada', 'x'),
      (ref: number) => remove(ref, 'ada'),
    ];
    for (const draft of drafts) {
      const batch = refs.map(draft);
      assert.deepEqual(outcomes(await store.append(batch)), Array(5).fill('not-found'));
    }
    const elsewhere = { ...vote(1, 'ada', 1), channel: 'none' };
    assert.deepEqual(outcomes(await store.append([elsewhere])), ['not-found']);
    assert.equal((await page(store, { channel: 'none' })).epoch, null);
    assert.deepEqual((await page(store)).head, 4);
  });

  withStore(
    'only the author of a message can edit it; the log then has the current text',
    async (store) => {
      await store.append([
        messageDraft('general', 'helo', ada),
        messageDraft('general', 'of a guest'),
      ]);
      assert.deepEqual(
        outcomes(
          await store.append([
            edit(1, 'eve', 'x'),
            edit(2, 'ada', 'x'),
            edit(1, 'ada', 'hello', AT + 1000),
            edit(1, 'ada', 'hello', AT + 2000),
            edit(1, 'ada', 'hello!', AT + 3000),
          ]),
        ),
        ['forbidden', 'forbidden', 'stored', 'unchanged', 'stored'],
      );
      const { message: text, edited } = await message(store, 1);
      assert.deepEqual([text, edited], ['hello!', new Date(AT + 3000).toISOString()]);
      assert.deepEqual(await kinds(store), ['message', 'message', 'edit', 'edit']);
      const { events } = await page(store, { after: 2 });
      assert.deepEqual(
        events.map((event) => event.kind === 'edit' && [event.ref, event.message]),
        [
          [1, 'hello!'],
          [1, 'hello!'],
        ],
      );
      const [result] = await store.append([edit(1, 'ada', 'bye')]);
      assert.ok(result?.outcome === 'stored' && result.event.kind === 'edit');
      assert.deepEqual([result.event.message, result.message?.message], ['bye', 'bye']);
    },
  );

  withStore('a deleted message keeps its position and nothing else', async (store) => {
    await store.append([
      messageDraft('general', 'secret 1', ada),
      messageDraft('general', 'stays', ada),
    ]);
    await store.append([edit(1, 'ada', 'secret 2'), vote(1, 'eve', 1), vote(1, 'bob', -1)]);
    assert.deepEqual(
      outcomes(
        await store.append([
          remove(1, 'eve'),
          remove(1, 'ada'),
          remove(1, 'root', true),
          remove(1, 'eve'),
          vote(1, 'zoe', 1),
          edit(1, 'ada', 'again'),
          remove(2, 'root', true),
        ]),
      ),
      ['forbidden', 'stored', 'unchanged', 'forbidden', 'not-found', 'not-found', 'stored'],
    );
    const { up, down, message: text, deleted, username, edited } = await message(store, 1);
    assert.deepEqual(
      [up, down, text, deleted, username, edited],
      [0, 0, '', true, 'omri', undefined],
    );
    assert.doesNotMatch(JSON.stringify(await page(store)), /secret|stays/);
    assert.deepEqual((await kinds(store)).slice(-2), ['delete', 'delete']);
  });

  withStore('a closed channel accepts only deletes and votes of administrators', async (store) => {
    const first = messageDraft('general', 'first', { ...ada, key: 'k1' });
    await store.append([first, messageDraft('general', 'second', ada)]);
    assert.deepEqual(
      outcomes(await store.append([close, close, messageDraft('general', 'in the batch')])),
      ['stored', 'unchanged', 'channel-closed'],
    );
    assert.equal((await page(store)).closed, true);
    assert.deepEqual(
      outcomes(
        await store.append([
          messageDraft('general', 'x'),
          first,
          vote(1, 'ada', 1),
          vote(1, 'root', 1, true),
          edit(1, 'ada', 'x'),
          remove(2, 'ada'),
          messageDraft('other', 'x'),
          reopen,
          messageDraft('general', 'open'),
        ]),
      ),
      [
        'channel-closed',
        'replayed',
        'channel-closed',
        'stored',
        'channel-closed',
        'stored',
        'stored',
        'stored',
        'stored',
      ],
    );
    assert.deepEqual(outcomes(await store.append([reopen])), ['unchanged']);
    assert.equal((await page(store)).closed, false);
    const expected = ['message', 'message', 'close', 'vote', 'delete', 'reopen', 'message'];
    assert.deepEqual(await kinds(store), expected);
  });

  withStore(
    'a close creates a channel that does not exist; a reopen does not create it',
    async (store) => {
      assert.deepEqual(outcomes(await store.append([reopen])), ['unchanged']);
      assert.equal((await page(store)).epoch, null);
      assert.deepEqual(outcomes(await store.append([close, messageDraft('general', 'x')])), [
        'stored',
        'channel-closed',
      ]);
      assert.equal((await page(store)).head, 1);
    },
  );

  test(
    `${name}: a closed channel is closed for a store that is opened later`,
    options,
    async (t) => {
      const place = makePlace(t);
      {
        await using store = await place.open();
        await store.append([messageDraft('general', 'hi'), close]);
      }
      await using store = await place.open();
      assert.deepEqual(outcomes(await store.append([messageDraft('general', 'x')])), [
        'channel-closed',
      ]);
    },
  );

  withStore('a key is compared with its first text, not the current text', async (store) => {
    const [first, other] = ['k1', 'k2'].map((key) =>
      messageDraft('general', 'hi', { ...ada, key }),
    );
    assert.ok(first && other);
    await store.append([first, other, edit(1, 'ada', 'ho'), remove(2, 'ada')]);
    const results = await store.append([
      first,
      other,
      { ...first, message: 'ho' },
      { ...other, message: '' },
      { ...other, username: 'ada' },
    ]);
    const mismatch = 'idempotency-mismatch';
    assert.deepEqual(outcomes(results), ['replayed', 'replayed', mismatch, mismatch, mismatch]);
    assert.deepEqual(
      results.slice(0, 2).map((result) => messageOf(result)?.message),
      ['ho', ''],
    );
  });

  withStore('votes are removed with their message when it is no longer kept', async (store) => {
    await store.append([messageDraft('general', 'a', ada), vote(1, 'eve', 1), edit(1, 'ada', 'b')]);
    const all = { channel: 'general', keepEvents: 2, keepSince: 0, now: AT, limit: 100 };
    assert.equal(await store.trim(all), 1);
    const { events } = await page(store);
    assert.deepEqual(
      events.map((event) => [event.kind, event.kind === 'edit' && event.message]),
      [
        ['vote', false],
        ['edit', ''],
      ],
    );
    assert.deepEqual(outcomes(await store.append([vote(1, 'eve', 1)])), ['not-found']);
    assert.equal(await store.trim({ ...all, keepEvents: 0 }), 2);
  });
}

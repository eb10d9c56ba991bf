import assert from 'node:assert/strict';
import type { ChatEvent } from '@parley/contract/events/event.ts';
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
import type { DeleteDraft, Draft, MessageDraft, Store, ThreadQuery } from '../store.ts';

const reply = (replyTo: number, message = 'reply', more: Partial<MessageDraft> = {}) =>
  messageDraft('general', message, { author: 'ada', replyTo, ...more });
const remove = (ref: number): DeleteDraft => ({
  kind: 'delete',
  channel: 'general',
  server: 'chat-1',
  at: AT,
  ref,
  by: 'ada',
  admin: true,
});

function thread(store: Store, seq: number, query: Partial<ThreadQuery> = {}) {
  const all = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 1_000, newest: false };
  return store.thread({ channel: 'general', ...all, ...query, thread: seq });
}

/** What of an event is about replies: its seq, the message that it replies to, and its replies. */
function linksOf(events: ChatEvent[] = []) {
  return events.map((event) =>
    event.kind === 'message' ? [event.seq, event.replyTo, event.replies] : [event.seq],
  );
}

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('a message counts its direct replies, which name it', async (store) => {
    await store.append([messageDraft('general', 'hi')]);
    const [first] = await store.append([reply(1)]);
    assert.equal(messageOf(first)?.replyTo, 1);
    assert.deepEqual(outcomes(await store.append([reply(2), reply(1), reply(1)])), [
      'stored',
      'stored',
      'stored',
    ]);
    assert.deepEqual(linksOf((await page(store)).events), [
      [1, undefined, 3],
      [2, 1, 1],
      [3, 2, undefined],
      [4, 1, undefined],
      [5, 1, undefined],
    ]);
    assert.deepEqual(linksOf((await thread(store, 1))?.events), [
      [1, undefined, 3],
      [2, 1, 1],
      [4, 1, undefined],
      [5, 1, undefined],
    ]);
  });

  withStore('a thread is read in pages, from either end', async (store) => {
    await store.append([messageDraft('general', 'hi'), ...upTo(5).map(() => reply(1))]);
    const read = async (query: Partial<ThreadQuery>) => {
      const { events = [], more } = (await thread(store, 1, query)) ?? {};
      return [events.map(({ seq }) => seq), more];
    };
    assert.deepEqual(await read({ limit: 2 }), [[1, 2], true]);
    assert.deepEqual(await read({ after: 2, limit: 4 }), [[3, 4, 5, 6], false]);
    assert.deepEqual(await read({ after: 2, before: 5 }), [[3, 4], false]);
    assert.deepEqual(await read({ newest: true, limit: 3 }), [[4, 5, 6], true]);
    assert.deepEqual(await read({ newest: true, before: 4, limit: 3 }), [[1, 2, 3], false]);
    assert.deepEqual(await read({ newest: true, before: 4, limit: 2 }), [[2, 3], true]);
  });

  withStore('only a message that is there has replies and a thread', async (store) => {
    assert.deepEqual(outcomes(await store.append([reply(1)])), ['not-found']);
    assert.deepEqual(await seqs(store), [], 'the channel is not created');
    const event = { ...messageDraft('general', ''), kind: 'event', type: 'x', data: '1' };
    await store.append([messageDraft('general', 'hi'), event as Draft]);
    const refused = await store.append([reply(2), reply(9), messageDraft('other', 'hi')]);
    assert.deepEqual(outcomes(refused), ['invalid-reply', 'not-found', 'stored']);
    for (const seq of [2, 9]) assert.equal(await thread(store, seq), undefined);
    assert.equal(await thread(store, 1, { channel: 'none' }), undefined);
    const vote: Draft = { ...remove(1), kind: 'vote', value: 1 };
    assert.deepEqual(outcomes(await store.append([vote, reply(3)])), ['stored', 'invalid-reply']);
  });

  withStore('a deleted reply is not counted; a deleted message keeps its thread', async (store) => {
    await store.append([messageDraft('general', 'hi'), reply(1), reply(1)]);
    await store.append([remove(2), remove(2), reply(1)]);
    assert.deepEqual(linksOf((await thread(store, 1))?.events), [
      [1, undefined, 2],
      [2, 1, undefined],
      [3, 1, undefined],
      [5, 1, undefined],
    ]);
    await store.append([remove(1)]);
    const [parent, ...replies] = (await thread(store, 1))?.events ?? [];
    assert.ok(parent?.kind === 'message' && parent.deleted);
    assert.deepEqual([parent.replies, replies.length], [2, 3]);
    assert.deepEqual(outcomes(await store.append([reply(1), remove(3)])), ['not-found', 'stored']);
    assert.deepEqual(linksOf((await thread(store, 1))?.events)[0], [1, undefined, 1]);
  });

  withStore('the reply belongs to what a key repeats', async (store) => {
    const key = 'k1';
    await store.append([messageDraft('general', 'a'), messageDraft('general', 'b')]);
    const results = await store.append([
      reply(1, 'x', { key }),
      reply(1, 'x', { key }),
      reply(2, 'x', { key }),
      messageDraft('general', 'x', { author: 'ada', key }),
    ]);
    assert.deepEqual(outcomes(results), [
      'stored',
      'replayed',
      'idempotency-mismatch',
      'idempotency-mismatch',
    ]);
    await store.append([remove(3), remove(1)]);
    assert.deepEqual(outcomes(await store.append([reply(1, 'x', { key })])), ['replayed']);
    assert.deepEqual(linksOf((await thread(store, 1))?.events)[0], [1, undefined, undefined]);
  });

  withStore(
    'replies and deletes that two stores receive at once are counted',
    async (one, place) => {
      await using other = await place.open();
      await one.append([messageDraft('general', 'hi'), ...upTo(20).map(() => reply(1))]);
      await Promise.all(
        upTo(20).map((i) => (i % 2 ? one : other).append([reply(1), remove(i + 1), reply(1)])),
      );
      const { events = [] } = (await thread(one, 1)) ?? {};
      assert.equal(events.length, 61);
      assert.deepEqual(linksOf(events)[0], [1, undefined, 40]);
    },
  );

  withStore('what retention removes leaves no thread behind', async (store, database) => {
    await store.append([messageDraft('general', 'a'), messageDraft('general', 'b')]);
    await store.append([reply(1), reply(2)]);
    const keep = { keepSince: 0, now: AT + 1, limit: 100 };
    await store.trim({ channel: 'general', keepEvents: 3, ...keep });
    assert.deepEqual(linksOf((await page(store)).events), [
      [2, undefined, 1],
      [3, 1, undefined],
      [4, 2, undefined],
    ]);
    assert.equal(await thread(store, 1), undefined);
    assert.deepEqual(outcomes(await store.append([reply(1)])), ['not-found']);
    assert.equal(await database.count('reply'), 1);
  });
}

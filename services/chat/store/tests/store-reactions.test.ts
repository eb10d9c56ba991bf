import assert from 'node:assert/strict';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import { isMessage } from '@parley/contract/events/event.ts';
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
import type { ClosingDraft, DeleteDraft, ReactionDraft, Store } from '../store.ts';

const drafted = { channel: 'general', server: 'chat-1', at: AT };
const ada = { author: 'ada' };

const add = (ref: number, by: string, emoji = '👍', admin = false): ReactionDraft => ({
  ...drafted,
  kind: 'reaction',
  ref,
  by,
  admin,
  emoji,
  added: true,
});
const takeBack = (ref: number, by: string, emoji = '👍'): ReactionDraft => ({
  ...add(ref, by, emoji),
  added: false,
});
const remove: DeleteDraft = { ...drafted, kind: 'delete', ref: 1, by: 'ada', admin: false };
const close: ClosingDraft = { ...drafted, kind: 'close' };

async function message(store: Store, seq: number, mineOf?: string): Promise<ChatMessage> {
  const found = (await page(store, { after: seq - 1, before: seq + 1, mineOf })).events[0];
  assert.ok(found && isMessage(found));
  return found;
}

/** The reactions of a message as JSON, since their order counts. */
const reactionsOf = async (store: Store, seq: number) =>
  JSON.stringify((await message(store, seq)).reactions);

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('a subject has one reaction of each emoji on a message', async (store, place) => {
    await store.append([messageDraft('general', 'hi')]);
    const steps: [ReactionDraft, outcome: string, reactions: object | undefined][] = [
      [add(1, 'ada'), 'stored', { '👍': 1 }],
      [add(1, 'ada'), 'unchanged', { '👍': 1 }],
      [add(1, 'ada', '❤️'), 'stored', { '👍': 1, '❤️': 1 }],
      [add(1, 'Ada'), 'stored', { '👍': 2, '❤️': 1 }],
      [takeBack(1, 'eve'), 'unchanged', { '👍': 2, '❤️': 1 }],
      [takeBack(1, 'ada'), 'stored', { '👍': 1, '❤️': 1 }],
      [takeBack(1, 'Ada'), 'stored', { '❤️': 1 }],
      [add(1, 'eve'), 'stored', { '❤️': 1, '👍': 1 }],
      [takeBack(1, 'ada', '❤️'), 'stored', { '👍': 1 }],
      [takeBack(1, 'eve'), 'stored', undefined],
      [takeBack(1, 'eve'), 'unchanged', undefined],
    ];
    for (const [draft, outcome, reactions] of steps) {
      const [result] = await store.append([draft]);
      assert.equal(result?.outcome, outcome);
      assert.equal(JSON.stringify(messageOf(result)?.reactions), JSON.stringify(reactions));
      assert.equal(await reactionsOf(store, 1), JSON.stringify(reactions));
    }
    assert.equal(await place.count('reaction'), 0);
    const { events, epoch } = await page(store);
    assert.equal(events.length, 9);
    assert.deepEqual(events.at(-1), {
      channel: 'general',
      epoch,
      seq: 9,
      id: `${epoch}:9`,
      at: new Date(AT).toISOString(),
      kind: 'reaction',
      ref: 1,
      emoji: '👍',
      count: 0,
    });
  });

  withStore('a message has at most 20 different emoji', async (store) => {
    const emojis = upTo(21).map((i) => String.fromCodePoint(0x1f600 + i));
    const last = emojis.at(-1) ?? '';
    await store.append([messageDraft('general', 'hi'), messageDraft('general', 'ho')]);
    const results = await store.append(emojis.map((emoji) => add(1, 'ada', emoji)));
    assert.deepEqual(outcomes(results).slice(-2), ['stored', 'too-many-reactions']);
    const more = [
      add(1, 'eve', last),
      add(1, 'eve', emojis[0]),
      takeBack(1, 'ada', last),
      takeBack(1, 'ada', emojis[1]),
      add(1, 'eve', last),
      add(2, 'eve', last),
    ];
    assert.deepEqual(outcomes(await store.append(more)), [
      'too-many-reactions',
      'stored',
      'unchanged',
      'stored',
      'stored',
      'stored',
    ]);
    const { reactions = {} } = await message(store, 1);
    assert.deepEqual(Object.keys(reactions), [emojis[0], ...emojis.slice(2)]);
  });

  withStore(
    'only a message has reactions, and a closed channel takes those of administrators',
    async (store) => {
      await store.append([messageDraft('general', 'hi', ada), add(1, 'eve'), close]);
      const refused = [2, 3, 4, 1e15 - 1].map((ref) => add(ref, 'ada', '👍', true));
      assert.deepEqual(outcomes(await store.append(refused)), Array(4).fill('not-found'));
      const elsewhere = { ...add(1, 'ada'), channel: 'none' };
      const batch = [elsewhere, add(1, 'ada'), takeBack(1, 'eve'), add(1, 'root', '👍', true)];
      assert.deepEqual(outcomes(await store.append(batch)), [
        'not-found',
        'channel-closed',
        'channel-closed',
        'stored',
      ]);
      assert.equal(await reactionsOf(store, 1), '{"👍":2}');
      assert.deepEqual(await seqs(store, { channel: 'none' }), []);
    },
  );

  withStore(
    'a deleted message has no reactions, in the log and in the table',
    async (store, place) => {
      await store.append([messageDraft('general', 'hi', ada), add(1, 'eve'), add(1, 'bob', '🎉')]);
      assert.equal(await place.count('reaction'), 2);
      assert.deepEqual(outcomes(await store.append([add(1, 'zoe'), remove, add(1, 'ada')])), [
        'stored',
        'stored',
        'not-found',
      ]);
      assert.equal((await message(store, 1, 'eve')).reactions, undefined);
      assert.equal(await place.count('reaction'), 0);
    },
  );

  withStore(
    'reactions are removed with their message when it is no longer kept',
    async (store, place) => {
      await store.append([messageDraft('general', 'a'), messageDraft('general', 'b')]);
      await store.append([add(1, 'eve'), add(2, 'eve')]);
      const query = { channel: 'general', keepEvents: 3, keepSince: 0, now: AT, limit: 100 };
      assert.equal(await store.trim(query), 1);
      assert.equal(await place.count('reaction'), 1);
      assert.equal(await reactionsOf(store, 2), '{"👍":1}');
      assert.deepEqual(outcomes(await store.append([add(1, 'eve')])), ['not-found']);
    },
  );

  withStore(
    'a page has the reactions of the subject that asks, in the order of the counts',
    async (store) => {
      await store.append(['a', 'b', 'c'].map((text) => messageDraft('general', text)));
      await store.append([
        add(1, 'eve', '🎉'),
        add(1, 'ada', '👍'),
        add(1, 'ada', '🎉'),
        add(2, 'eve', '👍'),
        add(3, 'ada', '👍'),
        takeBack(3, 'ada', '👍'),
      ]);
      const mine = async (mineOf?: string) =>
        (await page(store, { mineOf })).events.filter(isMessage).map((event) => event.mine);
      assert.deepEqual(await mine('ada'), [['🎉', '👍'], undefined, undefined]);
      assert.deepEqual(await mine('eve'), [['🎉'], ['👍'], undefined]);
      assert.deepEqual(await mine('bob'), [undefined, undefined, undefined]);
      assert.deepEqual(await mine(), [undefined, undefined, undefined]);
      assert.equal(await reactionsOf(store, 1), '{"🎉":2,"👍":1}');
    },
  );

  withStore('reactions that race in two stores are counted exactly', async (one, place) => {
    await using other = await place.open();
    await one.append([messageDraft('general', 'a'), messageDraft('general', 'b')]);
    const emojis = ['👍', '❤️', '🎉'];
    await Promise.all(
      upTo(120).map((i) => {
        const [ref, by, emoji] = [1 + (i % 2), `subject ${i % 7}`, emojis[i % 3]];
        return (i % 4 < 2 ? one : other).append([
          add(ref, by, emoji),
          i % 5 === 0 ? takeBack(ref, by, emoji) : add(ref, `subject ${i}`, emoji),
        ]);
      }),
    );
    const expected = upTo(120).filter((i) => i % 5 !== 0);
    let rows = 0;
    for (const ref of [1, 2]) {
      const { reactions = {} } = await message(other, ref);
      for (const emoji of emojis) {
        const alone = expected.filter((i) => 1 + (i % 2) === ref && emojis[i % 3] === emoji);
        const left = upTo(7).map((i) => `subject ${i - 1}`);
        const own = await Promise.all(left.map((by) => message(other, ref, by)));
        const shared = own.filter(({ mine }) => mine?.includes(emoji)).length;
        const others = alone.filter((i) => i > 6).length;
        assert.equal(reactions[emoji], shared + others, `${emoji} on ${ref}`);
        rows += reactions[emoji] ?? 0;
      }
    }
    assert.equal(await place.count('reaction'), rows);
    assert.deepEqual(await seqs(one), upTo((await page(one)).head));
  });
}

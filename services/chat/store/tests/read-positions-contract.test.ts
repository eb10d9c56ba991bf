import assert from 'node:assert/strict';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { AT, messageDraft, STORES, testsOn, upTo } from '@parley/testkit/databases/log-stores.ts';
import { ANSWER_EVENTS, UNREAD_EVENTS } from '../read-positions/count-ranges.ts';
import type { DeleteDraft, MessageDraft } from '../store.ts';

const ANA = { id: 'a', username: 'Ana', nameKey: 'ana', email: 'a@x.org', emailKey: 'a@x.org' };
const general = 'general';
const text = (message: string, more: Partial<MessageDraft> = {}) =>
  messageDraft(general, message, { author: 'bob', username: 'bob', ...more });
const remove: DeleteDraft = {
  kind: 'delete',
  channel: general,
  server: 'chat-1',
  at: AT,
  ref: 2,
  by: 'bob',
  admin: false,
};

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore(
    'a position goes forward only, and not beyond the head',
    async ({ readPositions, append }) => {
      const mark = async (seq: number, accountId = 'a') => {
        const [marked] = await readPositions.mark([{ accountId, channel: general, seq }]);
        return [marked?.seq, marked?.raised, marked?.side];
      };
      assert.deepEqual(await mark(3), [0, false, 'public']);
      await append(upTo(5).map((i) => text(`${i}`)));
      assert.equal(await readPositions.position('a', general), 0);
      assert.deepEqual(await mark(3), [3, true, 'public']);
      assert.deepEqual(await mark(2), [3, false, 'public']);
      assert.deepEqual(await mark(99), [5, true, 'public']);
      assert.deepEqual(await mark(99), [5, false, 'public']);
      assert.deepEqual(await mark(1, 'b'), [1, true, 'public']);
      assert.deepEqual(await mark(0, 'c'), [0, false, 'public']);
      assert.equal(await readPositions.position('a', general), 5);
      assert.equal(await readPositions.position('b', general), 1);
    },
  );

  withStore(
    'many marks are stored at once, each for its own account and channel',
    async (store) => {
      const { readPositions, append } = store;
      const channels = upTo(20).map((n) => `room.${n}`);
      for (const channel of channels)
        await append(upTo(3).map((n) => messageDraft(channel, `${n}`)));
      const marks = channels.flatMap((channel, i) =>
        ['a', 'b', 'c'].map((accountId, j) => ({ accountId, channel, seq: (i + j) % 4 })),
      );
      const seqs = marks.map(({ seq }) => seq);
      await readPositions.mark(marks.filter((_, i) => i % 2));
      const answers = await readPositions.mark(marks);
      assert.deepEqual(
        answers.map(({ seq }) => seq),
        seqs,
      );
      assert.deepEqual(
        answers.map(({ raised }) => raised),
        seqs.map((seq, i) => i % 2 === 0 && seq > 0),
      );
      const stored = marks.map(({ accountId, channel }) =>
        readPositions.position(accountId, channel),
      );
      assert.deepEqual(await Promise.all(stored), seqs);
    },
  );

  withStore('only a member marks what it has read of a private channel', async (store) => {
    const { readPositions, append, accounts, access } = store;
    await accounts.add({ ...ANA, passwordHash: 'x', admin: false, at: 0 });
    await append([text('secret')]);
    const by = { account: undefined, admin: true };
    await access.change({ channel: general, by, at: AT, private: true });
    await access.change({ channel: general, by, at: AT, add: 'a' });
    const mark = (accountId: string) =>
      readPositions.mark([{ accountId, channel: general, seq: 1 }]);
    assert.deepEqual(await mark('b'), [{ seq: 0, raised: false, side: 'public' }]);
    assert.deepEqual(await mark('a'), [{ seq: 1, raised: true, side: 'private' }]);
    await access.change({ channel: general, by, at: AT, remove: 'a' });
    assert.equal(await readPositions.position('a', general), 0);
    assert.deepEqual(await readPositions.states('a', [general]), []);
  });

  withStore('messages of others after the position are counted, and mentions', async (store) => {
    const { readPositions, append, accounts } = store;
    await accounts.add({ ...ANA, passwordHash: 'x', admin: false, at: 0 });
    const own = { username: 'Ana', author: accountSubject('a') };
    await append([
      text('@ana 1'),
      text('@ana gone'),
      text('@ana @all 3', { admin: true }),
      text('@all of mine', { ...own, admin: true }),
      text('guest', { author: null, username: 'guest' }),
      remove,
    ]);
    await append([messageDraft('other', 'hi'), messageDraft('read', 'hi')]);
    await readPositions.mark([{ accountId: 'a', channel: 'read', seq: 1 }]);
    const counts = async (id = 'a') =>
      (await readPositions.states(id, [general, 'other', 'read', 'none']))
        .map(({ channel, read, unread, mentioned }) => [channel, read, unread, mentioned])
        .sort();
    assert.deepEqual(await counts(), [
      [general, 0, 3, 2],
      ['other', 0, 1, 0],
      ['read', 1, 0, 0],
    ]);
    await readPositions.mark([{ accountId: 'a', channel: general, seq: 1 }]);
    assert.deepEqual((await counts())[0], [general, 1, 2, 1]);
    await readPositions.mark([{ accountId: 'a', channel: general, seq: 4 }]);
    assert.deepEqual((await counts())[0], [general, 4, 1, 0]);
    assert.deepEqual((await counts('b'))[0], [general, 0, 4, 2]);
  });

  withStore('at most the newest events are counted', async ({ readPositions, append }) => {
    await append(upTo(UNREAD_EVENTS + 100).map((i) => text(`${i}`)));
    assert.deepEqual(await readPositions.states('a', [general]), [
      { channel: general, read: 0, unread: UNREAD_EVENTS, mentioned: 0 },
    ]);
  });

  withStore('many channels share the events that one answer counts', async (store) => {
    const { readPositions, append } = store;
    const names = upTo(60).map((n) => `room.${n}`);
    for (const name of names) {
      await append(upTo(UNREAD_EVENTS).map((n) => messageDraft(name, `${n}`)));
    }
    await append(upTo(3).map((n) => messageDraft('short', `${n}`)));
    const counts = await readPositions.states('a', [...names, 'short']);
    const unread = new Map(counts.map((count) => [count.channel, count.unread]));
    assert.equal(unread.get('short'), 3);
    const share = Math.floor((ANSWER_EVENTS - 3) / names.length);
    assert.deepEqual(
      names.map((name) => unread.get(name)),
      names.map(() => share),
    );
  });
}

import assert from 'node:assert/strict';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import {
  AT,
  messageDraft,
  messageOf,
  page,
  STORES,
  type StoreDatabase,
  testsOn,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import { SPOKEN_EVENTS } from '../decide/mentions.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { DeleteDraft, Draft, EditDraft, MessageDraft, Store } from '../store.ts';

const ANA = { id: 'a', username: 'Ana', nameKey: 'ana', email: 'a@x.org', emailKey: 'a@x.org' };
const JO = {
  id: 'j',
  username: 'Jo Ann',
  nameKey: 'jo ann',
  email: 'j@x.org',
  emailKey: 'j@x.org',
};
const change = { channel: 'general', server: 'chat-1', at: AT, by: 'bob', admin: false } as const;
const edit = (ref: number, message: string, more: Partial<EditDraft> = {}): EditDraft => ({
  ...change,
  kind: 'edit',
  ref,
  message,
  ...more,
});

async function addAccounts({ accounts }: OpenedStore): Promise<void> {
  for (const account of [ANA, JO])
    await accounts.add({ ...account, passwordHash: 'x', admin: false, at: 0 });
}

const text = (message: string, more: Partial<MessageDraft> = {}) =>
  messageDraft('general', message, { author: 'bob', username: 'bob', ...more });

/** Stores a text; resolves with its mentions. */
async function mentionsOf(store: Store, draft: Draft): Promise<string[] | undefined> {
  const [result] = await store.append([draft]);
  return messageOf(result)?.mentions;
}

async function readMentions(store: Store): Promise<unknown[]> {
  const { events } = await page(store);
  return events.map((event) => ('mentions' in event ? event.mentions : undefined));
}

const rows = (database: StoreDatabase) => database.count('mention');

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore(
    'a text mentions accounts and names that spoke, each by its longest name',
    async (store, database) => {
      await addAccounts(store);
      await store.append([
        messageDraft('general', 'hi', { username: 'Jo' }),
        messageDraft('other', 'hi', { username: 'Eve' }),
      ]);
      const cases: [message: string, mentions: string[] | undefined][] = [
        ['@ANA, see', ['Ana']],
        ['@Jo Ann Lee', ['Jo Ann']],
        ['@jo ann and @Jo an @Ana', ['Jo Ann', 'Jo', 'Ana']],
        ['@Ana @ana @Ana', ['Ana']],
        ['@Anabel ana@ana.org @Eve @jo', undefined],
        ['@all', undefined],
        ['nothing', undefined],
      ];
      for (const [message, mentions] of cases)
        assert.deepEqual(await mentionsOf(store, text(message)), mentions, message);
      assert.deepEqual(
        (await readMentions(store)).slice(1),
        cases.map(([, mentions]) => mentions),
      );
      assert.equal(await rows(database), 5);
      assert.deepEqual(await mentionsOf(store, text('@all @Ana', { admin: true })), ['all', 'Ana']);
      assert.deepEqual(await mentionsOf(store, text('@Ana', { imported: true })), undefined);
      const own = { username: 'Ana', author: accountSubject('a') };
      assert.deepEqual(await mentionsOf(store, text('@Ana', own)), ['Ana']);
      assert.equal(await rows(database), 7, 'an author is not notified of itself');
    },
  );

  withStore('the name "all" belongs to no one', async (store) => {
    await store.append([messageDraft('general', 'hi', { username: 'All' })]);
    await store.append([messageDraft('general', 'hi', { username: 'all stars' })]);
    assert.deepEqual(await mentionsOf(store, text('@All')), undefined);
    assert.deepEqual(await mentionsOf(store, text('@all stars')), ['all stars']);
  });

  withStore('many posts with and without mentions are stored at once', async (store, database) => {
    await addAccounts(store);
    await store.append([text('first')]);
    const results = await store.append(
      upTo(50).map((i) =>
        text(i % 2 ? `@ana ${i} @Bob${i} @bob` : `${i}`, { username: `Bob${i}` }),
      ),
    );
    const mentions = results.map((result) => messageOf(result)?.mentions);
    assert.deepEqual(
      mentions,
      upTo(50).map((i) => (i % 2 ? ['Ana', `Bob${i}`, 'bob'] : undefined)),
    );
    assert.deepEqual((await readMentions(store)).slice(1), mentions);
    assert.equal(await rows(database), 25);
  });

  withStore('an edit changes the mentions, and a delete removes them', async (store, database) => {
    await addAccounts(store);
    await store.append([text('@ana')]);
    const [edited] = await store.append([edit(1, '@jo ann @bob')]);
    assert.ok(edited?.outcome === 'stored' && edited.event.kind === 'edit');
    assert.deepEqual(edited.event.mentions, ['Jo Ann', 'bob']);
    assert.deepEqual(edited.message?.mentions, ['Jo Ann', 'bob']);
    assert.deepEqual(await readMentions(store), [
      ['Jo Ann', 'bob'],
      ['Jo Ann', 'bob'],
    ]);
    assert.equal(await rows(database), 1);
    await store.append([edit(1, 'none')]);
    assert.deepEqual(await readMentions(store), [undefined, undefined, undefined]);
    assert.equal(await rows(database), 0);
    await store.append([edit(1, '@ana @all', { admin: true })]);
    assert.equal(await rows(database), 2);
    const remove: DeleteDraft = { ...change, kind: 'delete', ref: 1 };
    await store.append([remove]);
    assert.deepEqual(await readMentions(store), Array(5).fill(undefined));
    assert.equal(await rows(database), 0);
  });

  withStore(
    'a name that spoke is known while it is among the newest events',
    async (store, database) => {
      await addAccounts(store);
      await store.append([messageDraft('general', 'hi', { username: 'Zoe' })]);
      await store.append(upTo(SPOKEN_EVENTS - 1).map(() => text('x')));
      assert.deepEqual(await mentionsOf(store, text('@Zoe @ana')), ['Zoe', 'Ana']);
      assert.deepEqual(await mentionsOf(store, text('@Zoe')), undefined);
      const query = { channel: 'general', keepEvents: 1, keepSince: 0, now: AT + 1, limit: 2_000 };
      await store.trim(query);
      assert.equal(await rows(database), 0, 'retention removes mentions');
    },
  );
}

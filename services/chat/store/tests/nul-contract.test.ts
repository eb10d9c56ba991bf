import assert from 'node:assert/strict';
import { ChatError } from '@parley/contract/problem.ts';
import {
  AT,
  messageDraft,
  outcomes,
  page,
  STORES,
  testsOn,
} from '@parley/testkit/databases/log-stores.ts';
import type { Draft } from '../store.ts';

const NUL = 'a\0b';

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('every call refuses text with U+0000, as the caller’s fault', async (store) => {
    const { accounts, inbox, tickets } = store;
    const account = {
      id: 'i',
      username: 'n',
      nameKey: 'n',
      email: 'e',
      emailKey: 'e',
      passwordHash: 'p',
      admin: false,
      at: AT,
    };
    const session = { secretHash: 's', sid: 's', accountId: 'i', at: AT, expiresAt: AT + 1 };
    const range = { after: 0, before: 9, limit: 9, newest: false };
    const calls: Record<string, () => Promise<unknown>> = {
      page: () => store.page({ channel: NUL, ...range }),
      'channels after': () => store.channels({ after: NUL, limit: 1 }),
      'channels by name': () => store.channels({ after: '', limit: 1, names: ['a', NUL] }),
      trim: () => store.trim({ channel: NUL, keepEvents: 1, keepSince: 0, now: AT, limit: 1 }),
      'account by id': () => accounts.find({ id: NUL }),
      'account by name': () => accounts.find({ nameKey: NUL }),
      'account by e-mail': () => accounts.find({ emailKey: NUL }),
      'accounts after': () => accounts.list({ after: NUL, limit: 1 }),
      'set password': () => accounts.setPassword('i', NUL),
      'set admin': () => accounts.setAdmin(NUL, true),
      'remove account': () => accounts.remove(NUL),
      'session by secret': () => accounts.findSession({ secretHash: NUL }, AT),
      'session by id': () => accounts.findSession({ sid: NUL }, AT),
      'end sessions': () => accounts.endSessions({ accountId: NUL }, AT),
      'end one session': () => accounts.endSessions({ accountId: 'i', only: NUL }, AT),
      'open session': () => accounts.openSession({ ...session, sid: NUL }, 'p'),
      'take ticket': () => tickets.take(NUL),
      'add ticket': () => tickets.add({ hash: 'h', claims: NUL, expiresAt: AT }),
      'hold the inbox': () => inbox.hold(NUL),
      'note sessions': () => inbox.noteSessions('h', [NUL]),
      'key in channel': () => inbox.hasKey(NUL, ['k']),
      key: () => inbox.hasKey('general', [NUL]),
    };
    for (const field of ['username', 'nameKey', 'email', 'emailKey', 'passwordHash'])
      calls[`add ${field}`] = () => accounts.add({ ...account, [field]: NUL });
    for (const [name, call] of Object.entries(calls)) {
      const isRefusal = (error: unknown) => error instanceof ChatError && error.status === 400;
      await assert.rejects(call, isRefusal, name);
    }
  });

  withStore(
    'a draft with U+0000 is refused, and the others of its batch are stored',
    async (store) => {
      const change = { channel: 'general', server: 'chat-1', at: AT, ref: 1, admin: false };
      const bad: Draft[] = [
        messageDraft(NUL, 'x'),
        messageDraft('general', NUL),
        messageDraft('general', 'x', { username: NUL }),
        messageDraft('general', 'x', { author: NUL }),
        messageDraft('general', 'x', { key: NUL }),
        { ...change, kind: 'vote', by: NUL, value: 1 },
        { ...change, kind: 'reaction', by: NUL, emoji: '👍', added: true },
        { ...change, kind: 'edit', by: 'ada', message: NUL },
        { ...change, kind: 'delete', by: NUL },
        { channel: NUL, server: 'chat-1', at: AT, kind: 'close' },
      ];
      const batch = bad.flatMap((draft, i) => [draft, messageDraft('general', `good ${i}`)]);
      const expected = bad.flatMap(() => ['malformed-request', 'stored']);
      assert.deepEqual(outcomes(await store.append(batch)), expected);
      assert.equal((await page(store)).head, bad.length);
      assert.deepEqual(
        outcomes(await store.append(bad)),
        Array(bad.length).fill('malformed-request'),
      );
    },
  );
}

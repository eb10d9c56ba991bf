import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from '@parley/contract/event.ts';
import { rightsTo } from './message-rights.ts';
import type { SessionState } from './session-state.ts';

const SAID: ChatMessage = {
  ...{ channel: 'general', epoch: 'e1', seq: 1, id: 'e1:1', at: '2025-11-20T10:00:00.000Z' },
  ...{ kind: 'message', username: 'ada', message: 'hi', up: 0, down: 0 },
};

function account(username: string, admin = false): SessionState {
  return { state: 'account', account: { username, admin, email: `${username}@example.org` } };
}

test('authors edit and delete, administrators delete, all who are signed in vote', () => {
  assert.deepEqual(rightsTo(SAID, account('ada')), { vote: 'yes', edit: true, delete: true });
  assert.deepEqual(rightsTo(SAID, account('eve')), { vote: 'yes', edit: false, delete: false });
  assert.deepEqual(rightsTo(SAID, account('eve', true)), {
    vote: 'yes',
    edit: false,
    delete: true,
  });
});

test('guests are asked to sign in, and nothing is offered where there is nothing to do', () => {
  const none = { vote: 'no', edit: false, delete: false };
  assert.equal(rightsTo(SAID, { state: 'guest' }).vote, 'sign-in');
  assert.deepEqual(rightsTo(SAID, { state: 'absent' }), none);
  assert.deepEqual(rightsTo({ ...SAID, deleted: true }, account('ada', true)), none);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/client';
import type { SessionState } from '../account/session-state.ts';
import { rightsTo } from './message-rights.ts';

const SAID: Message = {
  channel: 'general',
  epoch: 'e1',
  seq: 1,
  id: 'e1:1',
  at: '2025-11-20T10:00:00.000Z',
  kind: 'message',
  username: 'ada',
  message: 'hi',
  up: 0,
  down: 0,
};

function account(username: string, admin = false): SessionState {
  return { state: 'account', account: { username, admin, email: `${username}@example.org` } };
}

const rights = (session: SessionState, { message = SAID, closed = false } = {}) =>
  rightsTo(message, { session, closed });

test('authors edit and delete, administrators delete, all who are signed in vote', () => {
  const reply = true;
  assert.deepEqual(rights(account('ada')), { vote: 'yes', reply, edit: true, delete: true });
  assert.deepEqual(rights(account('eve')), { vote: 'yes', reply, edit: false, delete: false });
  assert.deepEqual(rights(account('eve', true)), { vote: 'yes', reply, edit: false, delete: true });
});

test('in a closed channel a message can be deleted but not edited', () => {
  assert.partialDeepStrictEqual(rights(account('ada'), { closed: true }), {
    reply: false,
    edit: false,
    delete: true,
  });
});

test('guests are asked to sign in, deleted messages offer nothing, servers without accounts only replies', () => {
  const none = { vote: 'no', reply: false, edit: false, delete: false };
  assert.equal(rights({ state: 'guest' }).vote, 'sign-in');
  assert.deepEqual(rights({ state: 'absent' }), { ...none, reply: true });
  const message: Message = { ...SAID, deleted: true };
  assert.deepEqual(rights(account('ada', true), { message }), none);
});

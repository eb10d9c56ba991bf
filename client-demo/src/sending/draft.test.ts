import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MESSAGE_MAX as CONTRACT_MESSAGE_MAX,
  USERNAME_MAX as CONTRACT_NAME_MAX,
  parseDraft,
} from '@parley/contract/events/message.ts';
import { MESSAGE_MAX, messageFault, NAME_MAX, nameFault } from './draft.ts';

test('the page has the limits of the contract', () => {
  assert.deepEqual([NAME_MAX, MESSAGE_MAX], [CONTRACT_NAME_MAX, CONTRACT_MESSAGE_MAX]);
});

test('the lengths of names and messages count code points, as in the contract', () => {
  const username = '🙂'.repeat(NAME_MAX);
  const message = '🙂'.repeat(MESSAGE_MAX);
  assert.deepEqual(parseDraft({ username, message }), { username, message });
  assert.equal(nameFault(username), undefined);
  assert.equal(messageFault(message), undefined);
  assert.match(nameFault(`${username}x`) ?? '', /has 65/);
  assert.equal(messageFault(`${message}x`), 'too-long');
});

test('a message needs a name and a text', () => {
  assert.match(nameFault('  ') ?? '', /Choose a name/);
  assert.equal(messageFault(' \n '), 'blank');
});

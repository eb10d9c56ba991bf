import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/client';
import { isMeantFor } from './mentions.ts';

const DIRECT = `direct-${'0a'.repeat(16)}`;

function message(channel: string, mentions?: string[]): Message {
  const at = '2026-01-01T00:00:00.000Z';
  const common = { channel, epoch: 'e', seq: 1, id: 'e:1', at, up: 0, down: 0 };
  const text = { kind: 'message' as const, username: 'Bob', message: 'hi' };
  return { ...common, ...text, ...(mentions && { mentions }) };
}

test('a message is meant for an account that it mentions, or that is in a direct channel', () => {
  assert.equal(isMeantFor(message('a'), 'Ada'), false);
  assert.equal(isMeantFor(message('a', ['Eve']), 'Ada'), false);
  assert.equal(isMeantFor(message('a', ['Eve', 'Ada']), 'Ada'), true);
  assert.equal(isMeantFor(message('a', ['all']), 'Ada'), true);
  assert.equal(isMeantFor(message(DIRECT), 'Ada'), true);
  assert.equal(isMeantFor(message('direct-line'), 'Ada'), false);
  assert.equal(isMeantFor(message(DIRECT, ['all']), undefined), false);
});

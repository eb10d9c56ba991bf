import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { Backlog } from './backlog.ts';
import { BacklogMemory } from './backlog-memory.ts';

test('the memory counts the bytes of all backlogs, and asks for space once when they exceed its limit', async () => {
  let asked = 0;
  const memory = new BacklogMemory(() => asked++, 1_000);
  const open = () => new Backlog(900, 0, (bytes) => memory.add(bytes));
  const [a, b] = [open(), open()];
  for (let i = 0; i < 20; i++) a.add(Buffer.alloc(100));
  assert.equal(memory.bytes, 900);
  assert.equal(asked, 0);
  for (let i = 0; i < 5; i++) b.add(Buffer.alloc(100));
  assert.equal(asked, 0);
  await endOfTurn();
  assert.equal(asked, 1);
  for (const backlog of [a, b]) backlog.trim(memory.shareOf(2));
  assert.equal(memory.bytes, 800);
  assert.equal(a.last, 20);
  assert.equal(a.start, 16);
  for (const backlog of [a, b]) backlog.trim(0);
  assert.equal(memory.bytes, 0);
});

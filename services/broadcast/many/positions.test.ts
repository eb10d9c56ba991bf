import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Positions, parsePositions } from './positions.ts';

const EPOCH = 'a'.repeat(32);

function idOf(channels: number, seq: number): string {
  const positions = new Positions();
  for (let i = 0; i < channels; i++) positions.set(`channel-${i}`, { epoch: EPOCH, seq });
  return positions.encode();
}

test('an id of 100 channels has their positions and at most 2.6 KB', () => {
  const id = idOf(100, 2 ** 36);
  assert.ok(id.length <= 2_600, `${id.length} bytes`);
  const given = parsePositions(id);
  assert.equal(given?.find('channel-99', EPOCH), 2 ** 36);
  assert.equal(given?.find('channel-99', 'b'.repeat(32)), 'epoch');
  assert.equal(given?.find('another', EPOCH), 'unknown');
});

test('an id with more channels than a stream has is malformed', () => {
  assert.equal(parsePositions(idOf(101, 1)), undefined);
});

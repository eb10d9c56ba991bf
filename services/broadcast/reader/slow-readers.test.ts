import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sseFraming } from '../framing/sse-framing.ts';
import { webSocketFraming } from '../framing/websocket-framing.ts';
import { type Behind, SlowReaders } from './slow-readers.ts';

const MB = 1_048_576;

function open(readers: [channel: string, unsentBytes: number, framing?: Behind['framing']][]) {
  const cut: string[] = [];
  const behind = readers.map(([channel, unsentBytes, framing = sseFraming], i) => ({
    channels: channel,
    unsentBytes,
    framing,
    cut: () => void cut.push(`${channel} ${i}`),
  }));
  using slow = new SlowReaders(behind, 8 * MB);
  slow.look();
  return { cut, unsent: slow.unsent };
}

test('the unsent bytes that many readers of one channel share count once', () => {
  const { cut, unsent } = open(Array.from({ length: 1_000 }, () => ['general', MB]));
  assert.deepEqual(cut, []);
  assert.equal(unsent, MB);
});

test('over many channels the readers with the most unsent bytes are cut until the sum fits', () => {
  const small = Array.from({ length: 10 }, (_, i): [string, number] => [`s${i}`, MB / 4]);
  const large = Array.from({ length: 10 }, (_, i): [string, number] => [`l${i}`, MB]);
  const { cut, unsent } = open([...small, ...large, ['quiet', 0]]);
  assert.deepEqual(
    cut,
    Array.from({ length: 10 }, (_, i) => `l${i} ${i + 10}`),
  );
  assert.ok(unsent <= 8 * MB);
});

test('the bytes of each framing of a channel count on their own', () => {
  const { cut } = open([
    ['a', 5 * MB],
    ['a', 5 * MB, webSocketFraming],
    ['a', MB],
  ]);
  assert.deepEqual(cut, ['a 0', 'a 1']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import { encodeEventFrame } from '@parley/contract/streams/sse.ts';
import { encodeFrames } from './encode-frames.ts';

const KB = 1024;

const messages = (texts: string[]): ChatMessage[] =>
  texts.map((message, i) => ({
    kind: 'message',
    channel: 'general',
    epoch: 'e',
    seq: i + 1,
    id: `e:${i + 1}`,
    at: '2026-11-30T00:00:00.000Z',
    username: 'ada',
    message,
    up: 0,
    down: 0,
  }));

function framesOf(texts: string[]) {
  const frames: Buffer[] = [];
  const bytes = encodeFrames(messages(texts), (frame) => frames.push(frame));
  return { frames, bytes };
}

for (const [kind, texts] of [
  ['few', ['hi', 'ho']],
  ['with other letters', ['Ünï', '👩‍🚀 \u2028', 'plain', '']],
  ['many', Array.from({ length: 2_000 }, (_, i) => `${i} ${i % 7 === 0 ? 'ß' : 's'}`)],
  ['large', ['x'.repeat(4_000), 'ä'.repeat(300_000), 'y'.repeat(90_000), 'z']],
  ['none', []],
] as const) {
  test(`each event has its frame, and all together are the bytes: ${kind}`, () => {
    const { frames, bytes } = framesOf([...texts]);
    const expected = messages([...texts]).map(encodeEventFrame);
    assert.deepEqual(frames.map(String), expected);
    assert.equal(String(bytes), expected.join(''));
  });
}

test('a frame that is kept keeps at most 64 KB, or itself, and nothing of other requests', () => {
  const { frames } = framesOf(Array.from({ length: 2_000 }, (_, i) => `message ä${i}`));
  for (const frame of frames) assert.ok(frame.buffer.byteLength <= 64 * KB);
  const alone = framesOf(['small', 'ß'.repeat(200 * KB)]).frames;
  for (const frame of alone) assert.equal(frame.buffer.byteLength, frame.length);
});

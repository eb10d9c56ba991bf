import type { ChatEvent } from '@parley/contract/events/event.ts';
import { encodeEventFrame } from '@parley/contract/streams/sse.ts';

/** Most bytes of frames that share memory, since each keeps all of it. A larger frame has its own. */
const SHARED_MAX = 65_536;

interface Framed {
  event: ChatEvent;
  text: string;
  bytes: number;
}

type Take = (frame: Buffer, event: ChatEvent) => void;

/**
 * Encodes a text in memory of its own. Node takes small buffers from blocks that all requests share,
 * and each keeps its whole block: docs/decisions/operations/0078-old-generation.md.
 */
export function ownBuffer(text: string): Buffer {
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  buffer.write(text);
  return buffer;
}

/**
 * Encodes events as frames, gives each to `take`, and returns the bytes of all. Frames share memory
 * with others of these events only, up to 64 KB.
 */
export function encodeFrames(events: readonly ChatEvent[], take: Take): Buffer {
  const pieces: Buffer[] = [];
  let framed: Framed[] = [];
  let sum = 0;
  for (const event of events) {
    const text = encodeEventFrame(event);
    const bytes = Buffer.byteLength(text);
    if (sum + bytes > SHARED_MAX && sum > 0) {
      pieces.push(encodePiece(framed, take));
      framed = [];
      sum = 0;
    }
    framed.push({ event, text, bytes });
    sum += bytes;
  }
  const last = encodePiece(framed, take);
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
}

function encodePiece(framed: Framed[], take: Take): Buffer {
  const piece = ownBuffer(framed.map(({ text }) => text).join(''));
  let start = 0;
  for (const { event, bytes } of framed) {
    take(piece.subarray(start, start + bytes), event);
    start += bytes;
  }
  return piece;
}

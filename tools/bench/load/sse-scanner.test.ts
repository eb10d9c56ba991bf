import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseScanner } from './posting/response-scanner.ts';
import { SseScanner } from './sse-scanner.ts';
import { encodeStamp } from './stamp.ts';

const SENT_US = 123_456_789_012;
const JSON_EVENT = JSON.stringify({
  channel: 'bench',
  seq: 77,
  message: encodeStamp(SENT_US, 500),
});

const PARLEY_STREAM =
  'retry: 2000\nevent: hello\ndata: {"server":"s","head":76}\n\n' +
  `data: ${JSON_EVENT}\nid: 9a3:77\n\n` +
  ':\n' +
  `data: ${JSON_EVENT}\nid: 9a3:78\n\n` +
  'event: reset\ndata: {"reason":"epoch"}\n\n' +
  `id: 9a3:1234567\ndata: ${JSON_EVENT}\n\n`;

const PARLEY_SEEN = ['77 at', '78 at', 'reset', '1234567 at'].map((seen) =>
  seen.replace('at', `${SENT_US} 500`),
);

function openRecorder(readStamps: boolean, framesLackIds = false) {
  const seen: string[] = [];
  const scanner = new SseScanner(
    {
      onEvent: (seq, sentUs, ordinal) => seen.push(`${seq} ${sentUs} ${ordinal}`),
      onReset: () => seen.push('reset'),
    },
    { readStamps, framesLackIds },
  );
  return { seen, scanner };
}

function feedInChunks(
  text: string,
  chunkBytes: number,
  feed: (bytes: Buffer, start: number, end: number) => void,
): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    feed(bytes, at, Math.min(at + chunkBytes, bytes.length));
  }
}

function chunked(text: string, chunkBytes: number): string {
  let body = '';
  for (let at = 0; at < text.length; at += chunkBytes) {
    const chunk = text.slice(at, at + chunkBytes);
    body += `${chunk.length.toString(16).toUpperCase()}\r\n${chunk}\r\n`;
  }
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
}

test('events, stamps and resets are found in a stream with cuts at any byte', () => {
  for (let chunkBytes = 1; chunkBytes <= PARLEY_STREAM.length; chunkBytes++) {
    const { seen, scanner } = openRecorder(true);
    feedInChunks(PARLEY_STREAM, chunkBytes, (bytes, start, end) => scanner.feed(bytes, start, end));
    assert.deepEqual(seen, PARLEY_SEEN, `chunks of ${chunkBytes} bytes`);
  }
});

test('a scanner that ignores stamps finds the same events', () => {
  const { seen, scanner } = openRecorder(false);
  feedInChunks(PARLEY_STREAM, 17, (bytes, start, end) => scanner.feed(bytes, start, end));
  assert.deepEqual(seen, ['77 0 0', '78 0 0', 'reset', '1234567 0 0']);
});

test("nchan's frames and lines that end in CRLF are read too", () => {
  const { seen, scanner } = openRecorder(true);
  const message = encodeStamp(SENT_US, 3);
  const stream = `: hi\n\nid: 1700000000:4\ndata: ${message}\n\nid: 1:5\r\ndata: ${message}\r\n\r\n`;
  feedInChunks(stream, 5, (bytes, start, end) => scanner.feed(bytes, start, end));
  assert.deepEqual(seen, [`4 ${SENT_US} 3`, `5 ${SENT_US} 3`]);
});

test("without ids, each frame with a stamp is an event, and Centrifugo's other frames are not", () => {
  const { seen, scanner } = openRecorder(true, true);
  const event = `data: {"channel":"bench","pub":{"data":"${encodeStamp(SENT_US, 3)}"}}\n\n`;
  const stream = `\r\ndata: {"connect":{"subs":{}}}\n\n${event}data: {}\n\n${event}\r\n`;
  feedInChunks(stream, 7, (bytes, start, end) => scanner.feed(bytes, start, end));
  assert.deepEqual(seen, [`0 ${SENT_US} 3`, `0 ${SENT_US} 3`]);
});

test('a chunked and a close-delimited stream give the same events, with cuts at any byte', () => {
  const framings = [
    chunked(PARLEY_STREAM, 23),
    chunked(PARLEY_STREAM, 400),
    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n${PARLEY_STREAM}`,
  ];
  for (const response of framings) {
    for (const chunkBytes of [1, 2, 3, 7, 64, 1000, response.length]) {
      const { seen, scanner } = openRecorder(true);
      const body = new ResponseScanner((bytes, start, end) => scanner.feed(bytes, start, end));
      feedInChunks(response, chunkBytes, (bytes, start, end) => body.feed(bytes, start, end));
      assert.deepEqual(seen, PARLEY_SEEN);
      assert.equal(body.status, 200);
      assert.equal(body.done, false);
    }
  }
});

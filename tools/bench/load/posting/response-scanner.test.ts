import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseScanner } from './response-scanner.ts';

const RESPONSES = {
  'Content-Length': 'HTTP/1.1 201 Created\r\nContent-Length: 11\r\nX-A: b\r\n\r\nhello world',
  chunked:
    'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n' +
    '5\r\nhello\r\n6;name=value\r\n world\r\n0\r\nTrailer: x\r\n\r\n',
};

function readBody(response: string, chunkBytes: number) {
  let text = '';
  const scanner = new ResponseScanner((bytes, start, end) => {
    text += bytes.toString('latin1', start, end);
  });
  const bytes = Buffer.from(response);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    assert.equal(scanner.done, false);
    scanner.feed(bytes, at, Math.min(at + chunkBytes, bytes.length));
  }
  return { text, scanner };
}

for (const [framing, response] of Object.entries(RESPONSES)) {
  test(`a response framed by ${framing} ends at its end, with cuts at any byte`, () => {
    for (let chunkBytes = 1; chunkBytes <= response.length; chunkBytes++) {
      const { text, scanner } = readBody(response, chunkBytes);
      assert.equal(text, 'hello world');
      assert.equal(scanner.status, 201);
      assert.equal(scanner.done, true);
    }
  });
}

test('an empty body ends with its head, and restart() reads the next response', () => {
  const { scanner } = readBody('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n', 9);
  assert.equal(scanner.done, true);
  scanner.restart();
  const next = Buffer.from('HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx');
  scanner.feed(next, 0, next.length);
  assert.equal(scanner.status, 503);
  assert.equal(scanner.done, true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageReader } from './message-reader.ts';

const MESSAGES = `HTTP/1.1 200 OK\r
Content-Length: 5\r
\r
first\
HTTP/1.1 304 Not Modified\r
ETag: "a"\r
Vary: a\r
vary:b\r
\r
HTTP/1.1 200 OK\r
Transfer-Encoding: chunked\r
\r
3\r
sec\r
3\r
ond\r
0\r
\r
HTTP/1.1 200 OK\r
\r
until the end`;

/** The events of a reader whose bytes arrive in pieces of one size. */
function read(text: string, size: number): { parsed: string[]; reader: MessageReader } {
  const parsed: string[] = [];
  let body = '';
  const reader = new MessageReader({
    head: ({ startLine, headers }) => {
      parsed.push(startLine, ...[...headers].map(([name, value]) => `${name}=${value}`));
      return startLine.includes('304') ? 'no body' : 'body or until close';
    },
    body: (bytes) => {
      body += bytes;
    },
    end: () => {
      parsed.push(body);
      body = '';
    },
  });
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) reader.push(bytes.subarray(i, i + size));
  return { parsed, reader };
}

test('messages are the same in pieces of any size', () => {
  for (const size of [1, 2, 3, 7, 1_000]) {
    const { parsed, reader } = read(MESSAGES, size);
    reader.close();
    assert.deepEqual(parsed, [
      'HTTP/1.1 200 OK',
      'content-length=5',
      'first',
      'HTTP/1.1 304 Not Modified',
      'etag="a"',
      'vary=a, b',
      '',
      'HTTP/1.1 200 OK',
      'transfer-encoding=chunked',
      'second',
      'HTTP/1.1 200 OK',
      'until the end',
    ]);
  }
});

test('bytes that are not HTTP/1.1 are refused', () => {
  assert.throws(() => read('\x16\x03\x01 nonsense\r\n\r\n', 4), /no HTTP\/1.1/);
});

import type { OutgoingHttpHeaders } from 'node:http';

const HEADERS: OutgoingHttpHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/**
 * The head of a stream's response. It has no Content-Length and no Transfer-Encoding: the body ends
 * with the connection (RFC 9112 section 6.3), so that the same bytes serve every reader.
 */
export function encodeStreamHead(headers: OutgoingHttpHeaders): string {
  const lines = Object.entries({
    ...headers,
    ...HEADERS,
    Date: new Date().toUTCString(),
    Connection: 'close',
  });
  return `HTTP/1.1 200 OK\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

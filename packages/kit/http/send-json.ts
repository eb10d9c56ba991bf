import type { ServerResponse } from 'node:http';

/** Answers with a JSON document. */
export function sendJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  type = 'application/json',
): void {
  const body = JSON.stringify(document);
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { FrontDoor } from '../processes/front-door.ts';

/**
 * Requests a path of a front door exactly as written, over HTTP/1.1; `fetch` would normalize it.
 */
export function getAsWritten(
  { url, ca }: FrontDoor,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', servername: 'localhost', port, path, headers, ca };
    request(options, resolve).on('error', reject).end();
  });
}

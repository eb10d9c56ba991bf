import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { FrontDoor } from './front-door.ts';

/** Asks a front door for a path exactly as it is written, over HTTP/1.1; `fetch` would tidy it up first. */
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

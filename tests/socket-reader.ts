import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ChatEvent, ChatMessage } from '@parley/contract/event.ts';
import type { PresenceChange } from '@parley/contract/presence.ts';
import { until } from './until.ts';

/** What is not in the log, such as hello, reset, ack and error; presence is kept apart. */
export type Told = { type: string } & Record<string, unknown>;

/** A reader with a standard WebSocket, which can also speak. */
export class SocketReader implements Disposable {
  /** Messages, as they came. */
  readonly events: ChatMessage[] = [];
  /** Events of every kind, in the order in which they came. */
  readonly log: ChatEvent[] = [];
  readonly others: Told[] = [];
  readonly presences: PresenceChange[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  /** `query` is what follows the path, such as `?last=5`; `headers` are for what a page cannot do. */
  constructor(url: string, channel: string, query = '', headers: Record<string, string> = {}) {
    const path = `/broadcast/${encodeURIComponent(channel)}/ws${query}`;
    const address = new URL(path, url.replace('http', 'ws'));
    // Headers are what Node's own WebSocket takes beyond the standard.
    this.#socket = new WebSocket(address, { headers } as unknown as string);
    this.#socket.onmessage = ({ data }) => {
      const told = JSON.parse(data);
      const isEvent = 'seq' in told && 'kind' in told;
      if (isEvent) this.log.push(told);
      else if (told.type === 'presence') this.presences.push(told);
      else this.others.push(told);
      if (told.kind === 'message') this.events.push(told);
    };
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code }) => resolve(code);
    });
  }

  /** Sends text as it is, anything else as JSON. */
  send(frame: unknown): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends as soon as the connection is open, before anything can have been read. */
  sendAtOnce(frame: unknown): void {
    this.#socket.addEventListener('open', () => this.send(frame), { once: true });
  }

  answers(type: string): Told[] {
    return this.others.filter((told) => told.type === type);
  }

  /** Resolves when something of that type was told. */
  heard(type: string): Promise<void> {
    return until(`${type} came`, () => this.answers(type).length > 0);
  }

  /** Resolves when that many messages have come. */
  received(count: number): Promise<void> {
    return until(`${count} events came`, () => this.events.length >= count);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Asks for a WebSocket by hand, with further headers; tells how it was answered. */
export function upgrade(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const asking = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestTls : requestPlain;
    const asked = request(url + path, { headers: asking, agent: false });
    asked.once('upgrade', (_, socket) => {
      socket.destroy();
      resolve({ status: 101, body: '' });
    });
    asked.once('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    });
    asked.once('error', reject);
    asked.end();
  });
}

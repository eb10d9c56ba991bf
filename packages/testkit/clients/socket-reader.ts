import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { text } from 'node:stream/consumers';
import type { PresenceChange } from '@parley/contract/channels/presence.ts';
import type { ChatEvent, ChatMessage } from '@parley/contract/events/event.ts';
import { until } from '../until.ts';

/**
 * A frame that is not in the log, such as hello, reset, ack and error; presence is kept separately.
 */
export type Notice = { type: string } & Record<string, unknown>;

/** A reader with a standard WebSocket, which can also post. */
export class SocketReader implements Disposable {
  /** The messages, in order of arrival. */
  readonly events: ChatMessage[] = [];
  /** Events of every kind, in order of arrival. */
  readonly log: ChatEvent[] = [];
  readonly others: Notice[] = [];
  /** Every text, as the server wrote it. */
  readonly texts: string[] = [];
  readonly presences: PresenceChange[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  /**
   * Without a channel the client subscribes to channels. `query` follows the path, for example
   * `?last=5`; `headers` are those that a page cannot set.
   */
  constructor(
    url: string,
    channel: string | undefined,
    query = '',
    headers: Record<string, string> = {},
  ) {
    const place = channel === undefined ? '' : `/${encodeURIComponent(channel)}`;
    const path = `/broadcast${place}/ws${query}`;
    const address = new URL(path, url.replace('http', 'ws'));
    // Node's own WebSocket accepts headers beyond the standard.
    this.#socket = new WebSocket(address, { headers } as unknown as string);
    this.#socket.onmessage = ({ data }) => {
      this.texts.push(data);
      const frame = JSON.parse(data);
      const isEvent = 'seq' in frame && 'kind' in frame;
      if (isEvent) this.log.push(frame);
      else if (frame.type === 'presence') this.presences.push(frame);
      else this.others.push(frame);
      if (frame.kind === 'message') this.events.push(frame);
    };
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code }) => resolve(code);
    });
  }

  /** Sends a text unchanged, anything else as JSON. */
  send(frame: unknown): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends as soon as the connection is open, before anything was read. */
  sendAtOnce(frame: unknown): void {
    this.#socket.addEventListener('open', () => this.send(frame), { once: true });
  }

  answers(type: string): Notice[] {
    return this.others.filter((notice) => notice.type === type);
  }

  /** Resolves when a frame of that type has arrived. */
  receivedFrame(type: string): Promise<void> {
    return until(`${type} arrived`, () => this.answers(type).length > 0);
  }

  /** Resolves when `count` messages have arrived. */
  received(count: number): Promise<void> {
    return until(`${count} events came`, () => this.events.length >= count);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Requests a WebSocket by hand, with further headers; resolves with the answer. */
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

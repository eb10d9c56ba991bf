import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { until } from '@parley/testkit/until.ts';
import type { Shown, User } from './users.ts';

/** A mark that every text of this channel contains, and no text of another. */
export const mark = (channel: string) => `[${channel}]`;

/** The result of an attempt to read: whether it was allowed, and everything that arrived. */
export interface Reading extends Disposable {
  allowed: boolean;
  /** The status of a refusal, if this way of reading has one. */
  status?: number;
  text(): string;
}

/** A request. Its answer contains the channel's mark, unless `hasTexts` is false. */
export interface Request {
  method: 'GET' | 'HEAD';
  path: string;
  hasTexts?: boolean;
}

/** Ways to read once. */
export const ANSWERS: Record<string, (channel: string) => Request> = {
  transcript: (channel) => ({ method: 'GET', path: `/chat/${channel}` }),
  'transcript by alias': (channel) => ({ method: 'GET', path: `/api/chat/${channel}` }),
  'transcript, head': (channel) => ({
    method: 'HEAD',
    path: `/chat/${channel}`,
    hasTexts: false,
  }),
  events: (channel) => ({ method: 'GET', path: `/chat/${channel}/events` }),
  'events by alias': (channel) => ({ method: 'GET', path: `/api/chat/${channel}/events` }),
  'older events': (channel) => ({ method: 'GET', path: `/chat/${channel}/events?before=9` }),
  thread: (channel) => ({ method: 'GET', path: `/chat/${channel}/events?thread=1` }),
  // The mark of a channel has its name between brackets, which are no words.
  search: (channel) => ({ method: 'GET', path: `/chat/${channel}/search?q=second` }),
  'search by alias': (channel) => ({ method: 'GET', path: `/api/chat/${channel}/search?q=second` }),
  presence: (channel) => ({ method: 'GET', path: `/broadcast/${channel}/presence` }),
};

/**
 * Kinds of streams, by the query and header of the request; `past` is the position of an earlier
 * event.
 */
export const STREAMS: Record<string, (past: string) => { query: string; lastEventId?: string }> = {
  live: () => ({ query: '' }),
  '?last=': () => ({ query: 'last=100' }),
  '?lastEventId=': (past) => ({ query: `lastEventId=${past}` }),
  'Last-Event-ID': (past) => ({ query: '', lastEventId: past }),
};

/** Requests one answer. */
export async function readAnswer(
  url: string,
  { method, path }: Request,
  { headers }: Shown,
): Promise<Reading> {
  const response = await fetch(url + path, { method, headers });
  const text = await response.text();
  const { status } = response;
  return { allowed: status === 200, status, text: () => text, [Symbol.dispose]: () => undefined };
}

type Reader = Pick<User, 'show'>;

interface Stream {
  url: string;
  channel: string;
  stream: { query: string; lastEventId?: string };
}

const address = ({ query }: Stream['stream'], shown: Shown) => {
  const parts = [query, shown.query].filter((part) => part !== '');
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
};

/** Opens a stream of Server-Sent Events of one channel. */
export function readSse({ url, channel, stream }: Stream, user: Reader): Promise<Reading> {
  return readStream(`${url}/broadcast/${channel}`, stream, user);
}

/** Opens a stream of Server-Sent Events of several channels, by names and patterns. */
export function readMany(url: string, channels: string[], user: Reader): Promise<Reading> {
  const query = [...channels.map((channel) => `channel=${channel}`), 'last=100'].join('&');
  return readStream(`${url}/broadcast`, { query }, user);
}

/** Opens a stream of Server-Sent Events at an address without its query. */
export async function readStream(
  path: string,
  stream: Stream['stream'],
  user: Reader,
): Promise<Reading> {
  const shown = await user.show();
  const stop = new AbortController();
  const response = await fetch(path + address(stream, shown), {
    headers: {
      ...shown.headers,
      ...(stream.lastEventId && { 'Last-Event-ID': stream.lastEventId }),
    },
    signal: stop.signal,
  });
  let text = '';
  const { body, status } = response;
  const take = async () => {
    for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
  };
  take().catch(() => undefined);
  return {
    allowed: status === 200,
    status,
    text: () => text,
    [Symbol.dispose]: () => stop.abort(),
  };
}

/** Opens a WebSocket; without a channel, one for several channels. */
export async function readSocket(
  { url, channel, stream }: Omit<Stream, 'channel'> & { channel?: string },
  user: Reader,
): Promise<Reading & { socket: SocketReader }> {
  const shown = await user.show();
  const position = stream.lastEventId && { 'Last-Event-ID': stream.lastEventId };
  const socket = new SocketReader(url, channel, address(stream, shown), {
    ...shown.headers,
    ...position,
  });
  let closed = false;
  void socket.closed.then(() => {
    closed = true;
  });
  await until('the request was answered', () => closed || socket.answers('hello').length > 0);
  return {
    allowed: !closed,
    socket,
    text: () => JSON.stringify([socket.log, socket.others, socket.presences]),
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}

import type { PostTarget } from '../load/poster-calls.ts';

/** How Parley takes a message into a channel, on any of some ports; `headers` are further lines. */
export function parleyPost(
  channel: string,
  ports: PostTarget['ports'],
  headers: string,
): PostTarget {
  return {
    ports,
    request: `POST /chat/${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers}`,
    prefix: '{"username":"bench","message":"',
    suffix: '"}',
  };
}

/** The head of a request for a channel's stream, without the empty line that ends it. */
export function parleyStream(channel: string, headers: string): string {
  return `GET /broadcast/${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${headers}`;
}

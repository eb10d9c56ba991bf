import type { PostTarget } from '../load/posting/poster-calls.ts';

/**
 * How to post a message to a channel of Parley. `ports` are those of the chats; `headers` are extra
 * lines.
 */
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

/** The head of a request for a channel's stream, without the empty line at its end. */
export function parleyStream(channel: string, headers: string): string {
  return `GET /broadcast/${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${headers}`;
}

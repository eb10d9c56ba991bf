import { noAnswer } from '../error.ts';
import type { Http } from '../http.ts';
import { fetchStream } from './fetch-stream.ts';
import type { StreamRequest, StreamSource } from './source.ts';

/** The part of the browser's EventSource that is used here. */
interface Source {
  addEventListener(
    name: string,
    listener: (event: { data: string; lastEventId: string }) => void,
  ): void;
  close(): void;
}

/** The names of the events that are not of the log; those of the log have none (`untyped=1`). */
const NAMES = ['message', 'hello', 'reset', 'presence', 'read', 'mute', 'expired', 'heartbeat'];

/**
 * Streams by the browser's EventSource. It sends no headers, so a token is changed for a ticket. A
 * connection that breaks is not resumed by EventSource itself, because a ticket is valid once. It
 * does not show why a stream is refused, so a stream that does not begin is opened by `fetch`.
 */
export function eventSourceStream(
  http: Http,
  EventSource: new (url: string, init?: { withCredentials: boolean }) => Source,
): StreamSource {
  return {
    async open(request: StreamRequest) {
      const { path, lastId, signal, onEvent, onBytes } = request;
      const url = new URL(http.url(path));
      if (lastId !== '') url.searchParams.set('lastEventId', lastId);
      if (http.hasToken) {
        const { ticket } = await http.json<{ ticket: string }>('/tickets', { method: 'POST' });
        url.searchParams.set('ticket', ticket);
      }
      if (signal.aborted) return;
      const source = new EventSource(url.href, { withCredentials: false });
      let hasBegun = false;
      try {
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
          for (const name of NAMES) {
            source.addEventListener(name, ({ data, lastEventId: id }) => {
              hasBegun = true;
              onBytes();
              onEvent({ name, data, id });
            });
          }
          source.addEventListener('error', () => {
            if (hasBegun) reject(noAnswer(new Error('the stream broke')));
            else resolve();
          });
        });
      } finally {
        source.close();
      }
      if (!hasBegun && !signal.aborted) await fetchStream(http).open(request);
    },
  };
}

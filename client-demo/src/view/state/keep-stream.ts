import type { OpenStream } from '../../stream/open-shared-stream.ts';

/**
 * Adapts a stream to what the browser does to its tab. When the network is back, it opens a new
 * connection. When the tab is visible again, it checks whether the connection is alive. When the
 * tab is frozen or left for another page (Page Lifecycle), it leaves the lead to other tabs.
 * Returns a function that ends this.
 */
export function keepStream(stream: OpenStream): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const wake = () => {
    stream.wake();
    stream.look();
  };
  addEventListener('online', () => stream.networkChanged(), { signal });
  addEventListener('pagehide', () => stream.rest(), { signal });
  addEventListener('pageshow', ({ persisted }) => persisted && wake(), { signal });
  document.addEventListener('freeze', () => stream.rest(), { signal });
  document.addEventListener('resume', wake, { signal });
  const used = () => stream.used(!document.hidden);
  document.addEventListener(
    'visibilitychange',
    () => {
      used();
      if (!document.hidden) stream.look();
    },
    { signal },
  );
  for (const event of ['focus', 'pointerdown', 'keydown']) {
    addEventListener(event, used, { signal });
  }
  used();
  return () => ended.abort();
}

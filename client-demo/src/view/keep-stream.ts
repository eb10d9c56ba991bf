import type { OpenStream } from '../open-shared-stream.ts';

/**
 * Lets a stream follow what the browser does to its tab: back on the network it opens a connection
 * anew; seen again it looks whether the one it has is alive; frozen or left for another page (Page
 * Lifecycle) it leaves the lead to others. Returns what ends that.
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

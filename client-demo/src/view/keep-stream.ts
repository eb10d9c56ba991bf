import type { OpenStream } from '../open-shared-stream.ts';

/**
 * Lets a stream follow what the browser does to its tab: back on the network it tries at once; frozen
 * or left for another page (Page Lifecycle) it leaves the lead to others. Returns what ends that.
 */
export function keepStream(stream: OpenStream): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  addEventListener('online', () => stream.retryNow(), { signal });
  addEventListener('pagehide', () => stream.rest(), { signal });
  addEventListener('pageshow', () => stream.wake(), { signal });
  document.addEventListener('freeze', () => stream.rest(), { signal });
  document.addEventListener('resume', () => stream.wake(), { signal });
  return () => ended.abort();
}

/** What a browser does to a page. */
export interface PageListener {
  /** The network is back. */
  onNetwork: () => void;
  /** The page is in front again, or runs again. */
  onShown: () => void;
  /** The browser is about to freeze the page, or to leave it (Page Lifecycle). */
  onFrozen: () => void;
}

/** What a page's window and document are here. */
interface Target {
  hidden?: boolean;
  addEventListener(
    name: string,
    listener: (event: { persisted?: boolean }) => void,
    options: { signal: AbortSignal },
  ): void;
}

/** Follows the life of a page; does nothing outside a browser. Returns what ends that. */
export function followPage({ onNetwork, onShown, onFrozen }: PageListener): () => void {
  const page = globalThis as unknown as Target & { document?: Target };
  const { document } = page;
  if (!document) return () => undefined;
  const ended = new AbortController();
  const { signal } = ended;
  page.addEventListener('online', onNetwork, { signal });
  page.addEventListener('pagehide', onFrozen, { signal });
  page.addEventListener('pageshow', ({ persisted }) => persisted && onShown(), { signal });
  document.addEventListener('freeze', onFrozen, { signal });
  document.addEventListener('resume', onShown, { signal });
  document.addEventListener('visibilitychange', () => document.hidden || onShown(), { signal });
  return () => ended.abort();
}

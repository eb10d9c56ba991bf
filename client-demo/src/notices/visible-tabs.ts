const LOCK = 'parley.visible';

/**
 * Holds a shared Web Lock while this tab is visible, so that the hidden tabs of the browser know that
 * the reader sees Parley.
 */
export function announceVisibility(): void {
  let release: (() => void) | undefined;
  const follow = () => {
    release?.();
    release = undefined;
    if (document.hidden) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    release = resolve;
    void navigator.locks?.request(LOCK, { mode: 'shared' }, () => promise);
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}

/** Whether the reader sees one of the browser's tabs of Parley. */
export async function isSomeTabVisible(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === LOCK);
}

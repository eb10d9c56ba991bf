import { useEffect, useState } from 'react';

/** Whether the quick switcher is open; Ctrl-K or Cmd-K opens and closes it, as `set` does. */
export function useSwitcher(): [open: boolean, set: (open: boolean) => void] {
  const [open, set] = useState(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isMeant = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isMeant || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      // Another dialog stays alone.
      set((before) => !before && !document.querySelector('dialog[open]'));
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  return [open, set];
}

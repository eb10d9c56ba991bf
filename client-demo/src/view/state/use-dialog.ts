import { type RefObject, useLayoutEffect, useRef } from 'react';

/** A `<dialog>` that is open as long as its component is on the page. */
export function useDialog(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key: Preact delays other effects until after the next frame.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // A dialog that is only removed does not give the focus back.
    return () => element?.close();
  }, []);
  return dialog;
}

import { type RefObject, useEffect, useRef } from 'react';

/** A `<dialog>` that is open as long as its component is on the page. */
export function useDialog(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return dialog;
}

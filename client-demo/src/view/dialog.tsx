import './dialog.css';
import { type ReactNode, useEffect } from 'react';
import { useDialog } from './state/use-dialog.ts';

/** A dialog over the page. Escape and the cross close it, and `children` by the function that they get. */
export function Dialog(props: {
  label: string;
  testId: string;
  onClose: () => void;
  children: (close: () => void) => ReactNode;
}) {
  const dialog = useDialog();
  useEffect(
    () => () => {
      // The element that opened the dialog may be gone, like the sign-in button.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost) document.querySelector<HTMLElement>('[data-main-field]')?.focus();
    },
    [],
  );
  const close = () => dialog.current?.close();
  return (
    <dialog
      className="dialog"
      ref={dialog}
      onClose={props.onClose}
      aria-label={props.label}
      data-testid={props.testId}
    >
      {props.children(close)}
      <button type="button" className="close" onClick={close} aria-label="Close">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="m5 5 10 10M15 5 5 15" />
        </svg>
      </button>
    </dialog>
  );
}

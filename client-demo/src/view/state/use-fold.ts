import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import { isComposing } from '../is-composing.ts';

/** A panel that unfolds over the page. */
export interface Fold {
  ref: RefObject<HTMLDetailsElement | null>;
  onKeyDown: (event: KeyboardEvent) => void;
  fold: () => void;
}

/** Folds a panel on a click outside it or on Escape. */
export function useFold(): Fold {
  const ref = useRef<HTMLDetailsElement>(null);
  const fold = () => {
    if (ref.current) ref.current.open = false;
  };
  useEffect(() => {
    const leave = ({ target }: Event) => {
      if (ref.current && !ref.current.contains(target as Node)) ref.current.open = false;
    };
    document.addEventListener('pointerdown', leave);
    return () => document.removeEventListener('pointerdown', leave);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || isComposing(event) || !ref.current?.open) return;
    event.preventDefault();
    fold();
    ref.current.querySelector('summary')?.focus();
  };
  return { ref, onKeyDown, fold };
}

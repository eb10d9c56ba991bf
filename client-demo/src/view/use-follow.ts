import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** So near the end counts as being there. */
const NEAR_PX = 48;

/** A row by which the reader's place is held while the rows around it change. */
interface Anchor {
  row: HTMLElement;
  top: number;
}

/** How a list follows its end. */
export interface Following {
  atEnd: boolean;
  /** Goes to the end and follows it from now on. */
  toEnd: () => void;
  onScroll: () => void;
}

/**
 * Keeps a scrolling list at its end while the reader is there, and otherwise keeps what the reader
 * sees in its place when rows come or go above it. Rows are marked by `data-seq`; the list has one
 * child, which holds them all.
 */
export function useFollow(list: RefObject<HTMLElement | null>): Following {
  const [atEnd, setAtEnd] = useState(true);
  const follows = useRef(true);
  const anchor = useRef<Anchor>(undefined);

  const settle = useCallback(() => {
    const element = list.current;
    if (!element) return;
    if (follows.current) element.scrollTop = element.scrollHeight;
    else if (anchor.current?.row.isConnected) {
      element.scrollTop += topWithin(element, anchor.current.row) - anchor.current.top;
    }
  }, [list]);

  const onScroll = useCallback(() => {
    const element = list.current;
    if (!element) return;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR_PX;
    setAtEnd(follows.current);
    anchor.current = follows.current ? undefined : anchorOf(element);
  }, [list]);

  const toEnd = useCallback(() => {
    follows.current = true;
    setAtEnd(true);
    settle();
  }, [settle]);

  useLayoutEffect(settle);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(settle);
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, [list, settle]);

  return { atEnd, toEnd, onScroll };
}

function anchorOf(list: HTMLElement): Anchor | undefined {
  for (const row of list.querySelectorAll<HTMLElement>('[data-seq]')) {
    const top = topWithin(list, row);
    if (top + row.offsetHeight > 0) return { row, top };
  }
  return undefined;
}

function topWithin(list: HTMLElement, row: HTMLElement): number {
  return row.getBoundingClientRect().top - list.getBoundingClientRect().top;
}

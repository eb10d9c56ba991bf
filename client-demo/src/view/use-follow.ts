import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RowPlaces } from './use-list-window.ts';

/** So near the end counts as being there. */
const NEAR_PX = 48;

/** The first message that the reader sees, and where it was last. */
interface Anchor {
  key: string;
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
 * sees in its place when rows come, go or change their height above it. The list has one child,
 * which holds all rows.
 */
export function useFollow(
  list: RefObject<HTMLElement | null>,
  places: RefObject<RowPlaces | undefined>,
): Following {
  const [atEnd, setAtEnd] = useState(true);
  const follows = useRef(true);
  const anchor = useRef<Anchor>(undefined);
  const lastTop = useRef(0);

  const settle = useCallback(() => {
    const element = list.current;
    if (!element) return;
    if (follows.current) {
      element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
      return;
    }
    const top = anchor.current && places.current?.topOf(anchor.current.key);
    if (!anchor.current || top === undefined || top === anchor.current.top) return;
    element.scrollTop += top - anchor.current.top;
    anchor.current.top = top;
  }, [list, places]);

  const onScroll = useCallback(() => {
    const element = list.current;
    if (!element) return;
    if (!follows.current) settle();
    const { scrollTop, scrollHeight, clientHeight } = element;
    const nearEnd = scrollHeight - scrollTop - clientHeight <= NEAR_PX;
    // What has grown since the list was put at its end is no wish of the reader's to leave it.
    follows.current = nearEnd || (follows.current && scrollTop >= lastTop.current);
    lastTop.current = scrollTop;
    setAtEnd(follows.current);
    anchor.current = follows.current ? undefined : anchorAt(scrollTop, places.current);
  }, [list, places, settle]);

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

function anchorAt(px: number, places: RowPlaces | undefined): Anchor | undefined {
  const key = places?.messageAt(px);
  const top = key === undefined ? undefined : places?.topOf(key);
  return key === undefined || top === undefined ? undefined : { key, top };
}

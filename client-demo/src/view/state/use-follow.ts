import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RowPlaces } from './use-list-window.ts';

/** Within this distance of the end, the reader counts as being at the end. */
const NEAR_PX = 48;

/** The first message that the reader sees, and its last height in the list. */
interface Anchor {
  key: string;
  top: number;
}

/** How a list follows its end. */
export interface Following {
  atEnd: boolean;
  /** Scrolls to the end and follows it from now on. */
  toEnd: () => void;
  /** Scrolls to a row, which is in the list. */
  toRow: (key: string) => void;
  onScroll: () => void;
}

/**
 * Keeps a scrolling list at its end while the reader is there. Otherwise it keeps what the reader
 * sees in place when rows above it appear, disappear or change their height. The list has one
 * child, which holds all rows. The end of an excerpt of the past is not the list's end.
 */
export function useFollow(
  list: RefObject<HTMLElement | null>,
  places: RefObject<RowPlaces | undefined>,
  isExcerpt: boolean,
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
    const { scrollTop } = element;
    const nearEnd = !isExcerpt && isNearEnd(element);
    // Rows that grew since the list was scrolled to its end do not mean that the reader has left
    // it.
    follows.current = nearEnd || (!isExcerpt && follows.current && scrollTop >= lastTop.current);
    lastTop.current = scrollTop;
    setAtEnd(follows.current);
    anchor.current = follows.current ? undefined : anchorAt(scrollTop, places.current);
  }, [list, places, settle, isExcerpt]);

  const toEnd = useCallback(() => {
    follows.current = true;
    setAtEnd(true);
    settle();
  }, [settle]);

  const toRow = useCallback(
    (key: string) => {
      const element = list.current;
      const top = places.current?.topOf(key);
      if (!element || top === undefined) return;
      element.scrollTop = top - element.clientHeight / 3;
      lastTop.current = element.scrollTop;
      // A list that is already there does not scroll.
      follows.current = !isExcerpt && isNearEnd(element);
      setAtEnd(follows.current);
      anchor.current = { key, top };
    },
    [list, places, isExcerpt],
  );

  useLayoutEffect(settle);
  const observed = useRef<HTMLElement>(null);
  const observer = useRef<ResizeObserver>(undefined);
  // After the sign-in page the list is another element.
  useEffect(() => {
    const element = list.current;
    if (element === observed.current) return;
    observed.current = element;
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new ResizeObserver(settle);
    observer.current.observe(element);
    if (element.firstElementChild) observer.current.observe(element.firstElementChild);
  });
  useEffect(() => () => observer.current?.disconnect(), []);

  return { atEnd, toEnd, toRow, onScroll };
}

function isNearEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight <= NEAR_PX;
}

function anchorAt(px: number, places: RowPlaces | undefined): Anchor | undefined {
  const key = places?.messageAt(px);
  const top = key === undefined ? undefined : places?.topOf(key);
  return key === undefined || top === undefined ? undefined : { key, top };
}

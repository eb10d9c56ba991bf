import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { ListRow } from '../../history/list-rows.ts';

/** Up to this number all rows are in the page, so that the browser's own search finds them. */
const ALL_ROWS = 150;

/** Number of rows beyond the visible ones, on each side. */
const MORE_ROWS = 12;

const DAY_PX = 56;
const MESSAGE_PX = 28;

/** The heights of the rows in the scrolling element, by row key. */
export interface RowPlaces {
  /**
   * The message at a height. Never a day's name, because earlier messages can come between it and
   * its rows.
   */
  messageAt(px: number): string | undefined;
  /** The height at which a row begins; `undefined` if there is no such row. */
  topOf(key: string): number | undefined;
}

/** The rows that are in the page, and what their elements need. */
export interface ListWindow {
  items: VirtualItem[];
  height: number;
  /** The top of the list within the scrolling element. `VirtualItem.start` counts from there. */
  margin: number;
  measure: (row: HTMLElement | null) => void;
  /** The first row that the reader sees. */
  first: ListRow | undefined;
  /** Keeps the row with the focus in the page, however far the reader scrolls. */
  keep: (index: number | undefined) => void;
}

/**
 * The rows of a long list that are near what the reader sees, so that the page has few elements.
 * Sets `places` to the heights of all rows.
 */
export function useListWindow(
  rows: readonly ListRow[],
  refs: {
    scroller: RefObject<HTMLElement | null>;
    list: RefObject<HTMLElement | null>;
    places: RefObject<RowPlaces | undefined>;
  },
): ListWindow {
  const { scroller, list, places } = refs;
  const [margin, setMargin] = useState(0);
  const [kept, setKept] = useState<string>();
  const all = rows.length <= ALL_ROWS;

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    estimateSize: (index) => (rows[index]?.kind === 'day' ? DAY_PX : MESSAGE_PX),
    scrollMargin: margin,
    rangeExtractor: ({ startIndex, endIndex, count }) => {
      const from = all ? 0 : Math.max(0, startIndex - MORE_ROWS);
      const to = all ? count - 1 : Math.min(count - 1, endIndex + MORE_ROWS);
      const indexes = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
      const index = kept === undefined ? -1 : rows.findIndex(({ key }) => key === kept);
      if (index < 0 || (index >= from && index <= to)) return indexes;
      return index < from ? [index, ...indexes] : [...indexes, index];
    },
  });
  // useFollow keeps the reader's position when rows appear, disappear or change their height.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = () => false;

  const indexes = useRef({ of: rows, byKey: new Map<string, number>() });
  useLayoutEffect(() => {
    setMargin(list.current?.offsetTop ?? 0);
    places.current = {
      messageAt: (px) => {
        const { index = 0 } = virtualizer.getVirtualItemForOffset(px) ?? {};
        return (rows[index]?.kind === 'day' ? rows[index + 1] : rows[index])?.key;
      },
      topOf: (key) => {
        if (indexes.current.of !== rows) {
          indexes.current = { of: rows, byKey: new Map(rows.map((row, i) => [row.key, i])) };
        }
        // Rows may have been measured since the heights were computed.
        virtualizer.getTotalSize();
        return virtualizer.measurementsCache[indexes.current.byKey.get(key) ?? -1]?.start;
      },
    };
  });

  const top = virtualizer.getVirtualItemForOffset(virtualizer.scrollOffset ?? 0);
  return {
    items: virtualizer.getVirtualItems(),
    height: virtualizer.getTotalSize(),
    margin,
    measure: virtualizer.measureElement,
    first: top && rows[top.index],
    keep: (index) => setKept(index === undefined ? undefined : rows[index]?.key),
  };
}

import {
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import type { ListRow } from '../../history/list-rows.ts';
import { RowHeights } from './row-heights.ts';

/** Up to this number all rows are in the page, so that the browser's own search finds them. */
const ALL_ROWS = 150;

/** Number of rows beyond the visible ones, on each side. */
const MORE_ROWS = 12;

const DAY_PX = 56;
const MESSAGE_PX = 28;

/** The heights of the rows in the scrolling element, by row key. */
export interface RowPlaces {
  /**
   * The message at a height. Never a separator, because earlier messages can come between it and its
   * rows.
   */
  messageAt(px: number): string | undefined;
  /** The height at which a row begins; `undefined` if there is no such row. */
  topOf(key: string): number | undefined;
}

/** The rows that are in the page, and what their elements need. */
export interface ListWindow {
  /** Each with its place in all rows and its top in the list, in pixels. */
  items: { row: ListRow; index: number; top: number }[];
  height: number;
  /** For each row's element, which has its key as `data-key`. */
  measure: (row: HTMLElement | null) => (() => void) | undefined;
  first: ListRow | undefined;
  /** Keeps the row with the focus in the page, however far the reader scrolls. */
  keep: (key: string | undefined) => void;
}

/** The rows that the reader sees. */
interface Range {
  from: number;
  to: number;
}

/**
 * The rows of a long list that are near what the reader sees, so that the page has few elements.
 * Sets `places` to the heights of all rows. useFollow keeps the reader's position when rows appear,
 * disappear or change their height.
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
  const [heights] = useState(() => new RowHeights());
  const [range, setRange] = useState<Range>({ from: 0, to: 0 });
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const [kept, keep] = useState<string>();
  const isStale = useRef(false);
  useMemo(() => heights.set(rows.map(guessed)), [heights, rows]);

  const seen = useCallback((): Range => {
    const { scrollTop = 0, clientHeight = 0 } = scroller.current ?? {};
    const top = scrollTop - (list.current?.offsetTop ?? 0);
    return { from: heights.indexAt(top), to: heights.indexAt(top + clientHeight) };
  }, [heights, scroller, list]);
  const update = useCallback(() => {
    const now = seen();
    setRange((known) => (known.from === now.from && known.to === now.to ? known : now));
  }, [seen]);

  const observer = useMemo(
    () =>
      new ResizeObserver((entries) => {
        const changes = entries.filter(({ target }) => measured(heights, target as HTMLElement));
        if (changes.length > 0) draw();
      }),
    [heights],
  );
  const measure = useCallback(
    (row: HTMLElement | null) => {
      if (!row) return undefined;
      if (measured(heights, row)) isStale.current = true;
      observer.observe(row);
      return () => observer.unobserve(row);
    },
    [heights, observer],
  );

  useEffect(() => {
    const element = scroller.current;
    // Before the next frame, so that no empty list is seen.
    const onScroll = () => flushSync(update);
    element?.addEventListener('scroll', onScroll, { passive: true });
    return () => element?.removeEventListener('scroll', onScroll);
  }, [scroller, update]);

  useLayoutEffect(() => {
    const margin = list.current?.offsetTop ?? 0;
    places.current = {
      messageAt: (px) => {
        const index = heights.indexAt(px - margin);
        return rows.slice(index, index + 3).find(({ kind }) => kind === 'message')?.key;
      },
      topOf: (key) => {
        const index = heights.indexOf(key);
        return index === undefined ? undefined : heights.startOf(index) + margin;
      },
    };
    update();
    if (isStale.current) draw();
    isStale.current = false;
  });

  return {
    items: rowsNear(range, rows, kept).flatMap((index) => {
      const row = rows[index];
      return row ? [{ row, index, top: heights.startOf(index) }] : [];
    }),
    height: heights.total,
    measure,
    first: rows[Math.min(range.from, rows.length - 1)],
    keep,
  };
}

/** The indexes of the rows near those that are seen, and of the one that is kept. */
function rowsNear({ from, to }: Range, rows: readonly ListRow[], kept: string | undefined) {
  const isAll = rows.length <= ALL_ROWS;
  const first = isAll ? 0 : Math.max(0, from - MORE_ROWS);
  const last = isAll ? rows.length - 1 : Math.min(rows.length - 1, to + MORE_ROWS);
  const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  const index = kept === undefined ? -1 : rows.findIndex(({ key }) => key === kept);
  if (index < 0 || (index >= first && index <= last)) return indexes;
  return index < first ? [index, ...indexes] : [...indexes, index];
}

const guessed = ({ key, kind }: ListRow) => ({
  key,
  guess: kind === 'message' ? MESSAGE_PX : DAY_PX,
});

/** Whether the height is new. Whole pixels, so that texts stay sharp. */
function measured(heights: RowHeights, row: HTMLElement): boolean {
  return heights.measure(row.dataset.key ?? '', Math.round(row.getBoundingClientRect().height));
}

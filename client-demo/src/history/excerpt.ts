import type { Message, Page } from '@parley/client';
import { isMessage } from './apply-event.ts';

/** A part of a channel's messages, ascending by `seq`. */
export interface Part {
  events: readonly Message[];
  /** The log is read from this seq on. */
  first: number;
  /** The log has nothing before `first`. */
  complete: boolean;
}

/** Messages around an older one, read from the log up to `last`, apart from the live ones. */
export interface Excerpt extends Part {
  last: number;
}

/** The excerpt that a page of the log after a seq begins. */
export function excerptOf(page: Page, after: number): Excerpt {
  return {
    events: page.events.filter(isMessage),
    first: after + 1,
    complete: after === 0,
    last: lastOf(page),
  };
}

/** The excerpt with the page that follows it. */
export function excerptBefore(excerpt: Excerpt, page: Page): Excerpt {
  return {
    ...excerpt,
    events: [...excerpt.events, ...page.events.filter(isMessage)],
    last: Math.max(excerpt.last, lastOf(page)),
  };
}

function lastOf(page: Page): number {
  return page.next === null ? page.head : (page.events.at(-1)?.seq ?? page.head);
}

import type { Message, Page } from '@parley/client';
import { isMessage } from './apply-event.ts';

/** A message as the page holds it. */
export type HeldMessage = Message & {
  /** The head of the log when a page counted its replies. */
  countedAt?: number;
};

/** A part of a channel's messages, ascending by `seq`. */
export interface Part {
  events: readonly HeldMessage[];
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
    events: messagesOf(page),
    first: after + 1,
    complete: after === 0,
    last: lastOf(page),
  };
}

/** The excerpt with the page that follows it. */
export function excerptBefore(excerpt: Excerpt, page: Page): Excerpt {
  return {
    ...excerpt,
    events: [...excerpt.events, ...messagesOf(page)],
    last: Math.max(excerpt.last, lastOf(page)),
  };
}

/** The messages of a page; their replies are counted up to its head. */
export function messagesOf({ events, head }: Page): HeldMessage[] {
  return events
    .filter(isMessage)
    .map((event) => (event.replies === undefined ? event : { ...event, countedAt: head }));
}

function lastOf(page: Page): number {
  return page.next === null ? page.head : (page.events.at(-1)?.seq ?? page.head);
}

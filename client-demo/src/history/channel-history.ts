import type { ChannelState, LogEvent, Message, MessageReceipt, Page } from '@parley/client';
import {
  type Changes,
  type Closing,
  changedMessage,
  changesAfter,
  closingAfter,
  isMessage,
} from './apply-event.ts';
import { type Excerpt, excerptBefore, excerptOf, messagesOf, type Part } from './excerpt.ts';

/** A history never holds more messages than this, however far back the reader has scrolled. */
const MOST_EVENTS = 10_000;

/**
 * The messages of a channel that the page holds, all of one epoch: ascending by `seq`, each once.
 */
export interface ChannelHistory extends Part {
  epoch: string | undefined;
  /** The newest messages with their changes applied. */
  events: readonly Message[];
  /** The newest known event of any kind. */
  head: number;
  /** What the reader looks at instead, after a jump into the past. */
  excerpt: Excerpt | undefined;
  /** The known changes, also of messages that the page does not hold. */
  changes: Changes;
  /** Whether the channel is closed, as far as the page knows. */
  closing: Closing;
  /** The page has read the log from this seq on; 0 means that it has not read it yet. */
  first: number;
  /** The log has nothing before `first`. */
  complete: boolean;
}

/** A stored message of the visitor's own, with what its receipt does not repeat. */
export type StoredMessage = MessageReceipt & { replyTo?: number };

/** What adds messages to a history or removes them. */
export type HistoryChange =
  | { type: 'arrived'; events: readonly LogEvent[] }
  | { type: 'acknowledged'; receipt: StoredMessage }
  | { type: 'earlier'; page: Page }
  | { type: 'around'; page: Page; after: number }
  | { type: 'later'; page: Page }
  | { type: 'newest' }
  | { type: 'greeted'; state: ChannelState }
  | { type: 'trim'; keep: number }
  | { type: 'restart' };

export const EMPTY_HISTORY: ChannelHistory = {
  epoch: undefined,
  events: [],
  head: 0,
  excerpt: undefined,
  changes: new Map(),
  closing: { closed: false, seq: 0 },
  first: 0,
  complete: false,
};

/**
 * The history after a change. Events of another epoch replace it, because they belong to another
 * log.
 */
export function historyAfter(history: ChannelHistory, change: HistoryChange): ChannelHistory {
  switch (change.type) {
    case 'arrived':
      return afterArrival(history, change.events);
    case 'acknowledged':
      return afterReceipt(history, change.receipt);
    case 'earlier':
      return afterEarlier(history, change.page);
    case 'around':
      return withExcerpt(history, change.page, excerptOf(change.page, change.after));
    case 'later':
      if (!history.excerpt) return history;
      return withExcerpt(history, change.page, excerptBefore(history.excerpt, change.page));
    case 'newest':
      return { ...history, excerpt: undefined };
    case 'greeted':
      return afterGreeting(history, change.state);
    case 'trim':
      return newest(history, change.keep);
    case 'restart':
      return EMPTY_HISTORY;
  }
}

/** What the reader looks at: the newest messages, or those around an older one. */
export function shownPart(history: ChannelHistory): Part {
  return history.excerpt ?? history;
}

/** Whether the log has, or may have, events before the first one that the part holds. */
export function hasEarlier({ first, complete }: Part): boolean {
  return first > 1 && !complete;
}

function afterArrival(history: ChannelHistory, arrived: readonly LogEvent[]): ChannelHistory {
  const epoch = arrived.at(-1)?.epoch;
  if (epoch === undefined) return history;
  const base = history.epoch === epoch ? history : EMPTY_HISTORY;
  const ofThisLog = arrived.filter((event) => event.epoch === epoch).map(uncounted);
  const changes = changesAfter(base.changes, ofThisLog);
  const { excerpt } = base;
  const after = {
    ...base,
    excerpt: excerpt && { ...excerpt, events: changed(excerpt.events, changes) },
    epoch,
    events: changed(merge(base.events, ofThisLog.filter(isMessage)), changes),
    changes,
    closing: closingAfter(base.closing, ofThisLog),
    head: Math.max(base.head, arrived.at(-1)?.seq ?? 0),
    first: lowest(base.first, ofThisLog),
  };
  return newest(after, MOST_EVENTS);
}

/** A state can be older than what is known. After a restart the past before its head is not read yet. */
function afterGreeting(
  history: ChannelHistory,
  { epoch, head, closed, archived }: ChannelState,
): ChannelHistory {
  const isOther = epoch === null || (history.epoch !== undefined && history.epoch !== epoch);
  if (isOther || head < history.closing.seq) return history;
  const closing = { closed: closed === true, seq: head, ...(archived && { archived }) };
  return {
    ...history,
    epoch,
    closing,
    head: Math.max(history.head, head),
    first: history.first || head + 1,
  };
}

/** A receipt holds the event itself, a moment before the stream brings it. */
function afterReceipt(history: ChannelHistory, receipt: StoredMessage): ChannelHistory {
  if (history.epoch !== undefined && history.epoch !== receipt.epoch) return history;
  const { server: _, ...stored } = receipt;
  const event: Message = { ...stored, kind: 'message', up: 0, down: 0 };
  return {
    ...history,
    epoch: receipt.epoch,
    events: merge(history.events, [event]),
    head: Math.max(history.head, event.seq),
    first: lowest(history.first, [event]),
  };
}

function afterEarlier(history: ChannelHistory, page: Page): ChannelHistory {
  if (page.epoch !== history.epoch) return history;
  const { excerpt } = history;
  if (!excerpt) return { ...history, ...partAfter(page, history, history.changes) };
  return { ...history, excerpt: { ...excerpt, ...partAfter(page, excerpt, history.changes) } };
}

/** The part that begins with the page's messages. */
function partAfter(page: Page, part: Part, changes: Changes): Part {
  return {
    events: merge(changed(messagesOf(page), changes), part.events),
    first: lowest(part.first, page.events),
    complete: page.next === null,
  };
}

/** An excerpt that reaches the newest messages becomes a part of them. */
function withExcerpt(history: ChannelHistory, page: Page, read: Excerpt): ChannelHistory {
  if (page.epoch !== history.epoch) return history;
  const excerpt = { ...read, events: changed(read.events, history.changes) };
  if (excerpt.last + 1 < history.first) return { ...history, excerpt };
  const isLonger = excerpt.first < history.first;
  return {
    ...history,
    events: merge(excerpt.events, history.events),
    excerpt: undefined,
    first: Math.min(excerpt.first, history.first),
    complete: isLonger ? excerpt.complete : history.complete,
  };
}

function newest(history: ChannelHistory, keep: number): ChannelHistory {
  if (history.events.length <= keep) return history;
  const events = history.events.slice(-keep);
  return { ...history, events, first: events[0]?.seq ?? history.first, complete: false };
}

/** Applies the changes to the messages. */
function changed(messages: readonly Message[], changes: Changes): readonly Message[] {
  if (changes.size === 0) return messages;
  return messages.map((message) => {
    const known = changes.get(message.seq);
    return known ? changedMessage(message, known) : message;
  });
}

/** All replies to an event of the stream are in the stream; only a page's count is needed. */
function uncounted(event: LogEvent): LogEvent {
  if (event.kind !== 'message' || event.replies === undefined) return event;
  const { replies: _, ...others } = event;
  return others;
}

function lowest(first: number, events: readonly LogEvent[]): number {
  const seqs = events.map(({ seq }) => seq);
  return Math.min(first || Number.POSITIVE_INFINITY, ...seqs);
}

function merge(left: readonly Message[], right: readonly Message[]): readonly Message[] {
  const last = left.at(-1)?.seq ?? 0;
  if (right.every((event, index) => event.seq > (right[index - 1]?.seq ?? last))) {
    return [...left, ...right];
  }
  const bySeq = new Map([...right, ...left].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

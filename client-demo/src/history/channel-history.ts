import type { ChannelState, LogEvent, Message, MessageReceipt, Page } from '@parley/client';
import {
  type Changes,
  type Closing,
  changedMessage,
  changesAfter,
  closingAfter,
  isMessage,
} from './apply-event.ts';

/** A history never holds more messages than this, however far back the reader has scrolled. */
const MOST_EVENTS = 10_000;

/**
 * The messages of a channel that the page holds, all of one epoch: ascending by `seq`, each once.
 */
export interface ChannelHistory {
  epoch: string | undefined;
  /** The messages with their changes applied. */
  events: readonly Message[];
  /** The known changes, also of messages that the page does not hold. */
  changes: Changes;
  /** Whether the channel is closed, as far as the page knows. */
  closing: Closing;
  /** The page has read the log from this seq on; 0 means that it has not read it yet. */
  first: number;
  /** The log has nothing before `first`. */
  complete: boolean;
}

/** What adds messages to a history or removes them. */
export type HistoryChange =
  | { type: 'arrived'; events: readonly LogEvent[] }
  | { type: 'acknowledged'; receipt: MessageReceipt }
  | { type: 'earlier'; page: Page }
  | { type: 'greeted'; state: ChannelState }
  | { type: 'trim'; keep: number }
  | { type: 'restart' };

export const EMPTY_HISTORY: ChannelHistory = {
  epoch: undefined,
  events: [],
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
    case 'greeted':
      return afterGreeting(history, change.state);
    case 'trim':
      return newest(history, change.keep);
    case 'restart':
      return EMPTY_HISTORY;
  }
}

/** Whether the log has, or may have, events before the first one that the page holds. */
export function hasEarlier({ first, complete }: ChannelHistory): boolean {
  return first > 1 && !complete;
}

function afterArrival(history: ChannelHistory, arrived: readonly LogEvent[]): ChannelHistory {
  const epoch = arrived.at(-1)?.epoch;
  if (epoch === undefined) return history;
  const base = history.epoch === epoch ? history : EMPTY_HISTORY;
  const ofThisLog = arrived.filter((event) => event.epoch === epoch);
  const changes = changesAfter(base.changes, ofThisLog);
  const after = {
    ...base,
    epoch,
    events: changed(merge(base.events, ofThisLog.filter(isMessage)), changes),
    changes,
    closing: closingAfter(base.closing, ofThisLog),
    first: lowest(base.first, ofThisLog),
  };
  return newest(after, MOST_EVENTS);
}

/** A state can be older than what is known. After a restart the past before its head is not read yet. */
function afterGreeting(
  history: ChannelHistory,
  { epoch, head, closed }: ChannelState,
): ChannelHistory {
  const isOther = epoch === null || (history.epoch !== undefined && history.epoch !== epoch);
  if (isOther || head < history.closing.seq) return history;
  const closing = { closed: closed === true, seq: head };
  return { ...history, epoch, closing, first: history.first || head + 1 };
}

/** A receipt holds the event itself, a moment before the stream brings it. */
function afterReceipt(history: ChannelHistory, receipt: MessageReceipt): ChannelHistory {
  if (history.epoch !== undefined && history.epoch !== receipt.epoch) return history;
  const { server: _, ...stored } = receipt;
  const event: Message = { ...stored, kind: 'message', up: 0, down: 0 };
  return {
    ...history,
    epoch: receipt.epoch,
    events: merge(history.events, [event]),
    first: lowest(history.first, [event]),
  };
}

function afterEarlier(history: ChannelHistory, page: Page): ChannelHistory {
  if (page.epoch !== history.epoch) return history;
  const earlier = page.events.filter(isMessage);
  return {
    ...history,
    events: merge(changed(earlier, history.changes), history.events),
    first: lowest(history.first, page.events),
    complete: page.next === null,
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

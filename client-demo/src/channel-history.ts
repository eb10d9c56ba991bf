import { type ChatEvent, type ChatMessage, isMessage } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import type { MessageReceipt } from '@parley/contract/message.ts';
import { type MessageChange, messageAfter } from '@parley/contract/message-after.ts';

/** More than this is never kept, however far up somebody has read. */
const MOST_EVENTS = 3000;

/** The part of a channel's log that the page holds, of one epoch. */
export interface ChannelHistory {
  epoch: string | undefined;
  /** What was said, as it is now: ascending by `seq`, each once. */
  events: readonly ChatMessage[];
  /** The newest votes, edits and deletes, in order: a page of the log that was asked for before has not heard of them. */
  changes: readonly MessageChange[];
  /** The seq back to which the log is held, whatever kinds of events are there; 0 while nothing is. */
  start: number;
  /** The log has nothing before that. */
  complete: boolean;
}

/** Something that adds to a history or takes from it. */
export type HistoryChange =
  | { type: 'arrived'; events: readonly ChatEvent[] }
  | { type: 'acknowledged'; receipt: MessageReceipt }
  | { type: 'earlier'; page: EventsPage }
  | { type: 'trim'; keep: number }
  | { type: 'restart' };

export const EMPTY_HISTORY: ChannelHistory = {
  epoch: undefined,
  events: [],
  changes: [],
  start: 0,
  complete: false,
};

/** The history after a change. Events of another epoch replace it: they belong to another log. */
export function historyAfter(history: ChannelHistory, change: HistoryChange): ChannelHistory {
  switch (change.type) {
    case 'arrived':
      return afterArrival(history, change.events);
    case 'acknowledged':
      return afterReceipt(history, change.receipt);
    case 'earlier':
      return afterEarlier(history, change.page);
    case 'trim':
      return newest(history, change.keep);
    case 'restart':
      return EMPTY_HISTORY;
  }
}

/** Whether the log has, or may have, events before the first one held. */
export function hasEarlier({ start, complete }: ChannelHistory): boolean {
  return start > 1 && !complete;
}

function afterArrival(history: ChannelHistory, arrived: readonly ChatEvent[]): ChannelHistory {
  const epoch = arrived.at(-1)?.epoch;
  if (epoch === undefined) return history;
  const base = history.epoch === epoch ? history : EMPTY_HISTORY;
  const ofThisLog = arrived.filter((event) => event.epoch === epoch);
  const changes = ofThisLog.filter(isChange);
  const messages = merge(base.events, ofThisLog.filter(isMessage));
  const grown: ChannelHistory = {
    ...base,
    epoch,
    events: changed(messages, changes),
    changes: [...base.changes, ...changes].slice(-MOST_EVENTS),
    start: ofThisLog.reduce(
      (start, { seq }) => Math.min(start, seq),
      base.start || Number.POSITIVE_INFINITY,
    ),
  };
  return newest(grown, MOST_EVENTS);
}

function isChange(event: ChatEvent): event is MessageChange {
  return 'ref' in event;
}

/** Messages after what happened to them; one to which nothing did keeps its object. */
function changed(
  messages: readonly ChatMessage[],
  changes: readonly MessageChange[],
): readonly ChatMessage[] {
  if (changes.length === 0) return messages;
  const byRef = Map.groupBy(changes, ({ ref }) => ref);
  return messages.map((message) => (byRef.get(message.seq) ?? []).reduce(messageAfter, message));
}

/** A receipt is the event itself, known a moment before the stream brings it. */
function afterReceipt(history: ChannelHistory, receipt: MessageReceipt): ChannelHistory {
  if (history.epoch !== undefined && history.epoch !== receipt.epoch) return history;
  const { server: _, ...stored } = receipt;
  const event: ChatMessage = { ...stored, kind: 'message', up: 0, down: 0 };
  const start = history.start || receipt.seq;
  return { ...history, epoch: receipt.epoch, start, events: merge(history.events, [event]) };
}

function afterEarlier(history: ChannelHistory, page: EventsPage): ChannelHistory {
  if (page.epoch !== history.epoch) return history;
  const since = history.changes.filter(({ seq }) => seq > page.head);
  const messages = changed(page.events.filter(isMessage), since);
  return {
    ...history,
    events: merge(messages, history.events),
    start: page.events[0]?.seq ?? history.start,
    complete: page.next === null,
  };
}

function newest(history: ChannelHistory, keep: number): ChannelHistory {
  if (history.events.length <= keep) return history;
  const events = history.events.slice(-keep);
  return { ...history, events, start: events[0]?.seq ?? history.start, complete: false };
}

function merge(
  left: readonly ChatMessage[],
  right: readonly ChatMessage[],
): readonly ChatMessage[] {
  const last = left.at(-1)?.seq ?? 0;
  if (right.every((event, index) => event.seq > (right[index - 1]?.seq ?? last))) {
    return [...left, ...right];
  }
  const bySeq = new Map([...right, ...left].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

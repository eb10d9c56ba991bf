import type { ChatEvent } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import type { MessageReceipt } from '@parley/contract/message.ts';

/** More than this is never kept, however far up somebody has read. */
const MOST_EVENTS = 3000;

/** The part of a channel's log that the page holds: ascending by `seq`, each once, of one epoch. */
export interface ChannelHistory {
  epoch: string | undefined;
  events: readonly ChatEvent[];
  /** The log has nothing before the first event held. */
  complete: boolean;
}

/** Something that adds to a history or takes from it. */
export type HistoryChange =
  | { type: 'arrived'; events: readonly ChatEvent[] }
  | { type: 'acknowledged'; receipt: MessageReceipt }
  | { type: 'earlier'; page: EventsPage }
  | { type: 'trim'; keep: number }
  | { type: 'restart' };

export const EMPTY_HISTORY: ChannelHistory = { epoch: undefined, events: [], complete: false };

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
export function hasEarlier({ events, complete }: ChannelHistory): boolean {
  const first = events[0];
  return first !== undefined && first.seq > 1 && !complete;
}

function afterArrival(history: ChannelHistory, arrived: readonly ChatEvent[]): ChannelHistory {
  const epoch = arrived.at(-1)?.epoch;
  if (epoch === undefined) return history;
  const base = history.epoch === epoch ? history : EMPTY_HISTORY;
  const ofThisLog = arrived.filter((event) => event.epoch === epoch);
  return newest({ ...base, epoch, events: merge(base.events, ofThisLog) }, MOST_EVENTS);
}

/** A receipt is the event itself, known a moment before the stream brings it. */
function afterReceipt(history: ChannelHistory, receipt: MessageReceipt): ChannelHistory {
  if (history.epoch !== undefined && history.epoch !== receipt.epoch) return history;
  const { server: _, ...stored } = receipt;
  const event: ChatEvent = { ...stored, kind: 'message', up: 0, down: 0 };
  return { ...history, epoch: receipt.epoch, events: merge(history.events, [event]) };
}

function afterEarlier(history: ChannelHistory, page: EventsPage): ChannelHistory {
  if (page.epoch !== history.epoch) return history;
  return {
    ...history,
    events: merge(page.events, history.events),
    complete: page.next === null,
  };
}

function newest(history: ChannelHistory, keep: number): ChannelHistory {
  if (history.events.length <= keep) return history;
  return { ...history, events: history.events.slice(-keep), complete: false };
}

function merge(left: readonly ChatEvent[], right: readonly ChatEvent[]): readonly ChatEvent[] {
  const last = left.at(-1)?.seq ?? 0;
  if (right.every((event, index) => event.seq > (right[index - 1]?.seq ?? last))) {
    return [...left, ...right];
  }
  const bySeq = new Map([...right, ...left].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

import { asEvent, type ChannelRow, closingOf, type EventRow, takePage } from '../event-row.ts';
import type { ThreadPage, ThreadQuery } from '../store.ts';

/** The rows of a thread. */
export interface ThreadRows {
  parent: EventRow;
  /** Those in the page's range, in its direction, and at most one more than its limit. */
  replies: Iterable<EventRow>;
}

/** Makes a page of a thread. */
export function threadPage(query: ThreadQuery, channel: ChannelRow, found: ThreadRows): ThreadPage {
  const { epoch, head } = channel;
  const { rows, more } = takePage(inDirection(query, found), query.limit);
  if (query.newest) rows.reverse();
  const events = rows.map((row) => asEvent(query.channel, epoch, row));
  return { epoch, head, events, ...closingOf(channel), more };
}

/** The parent is older than every reply. */
function* inDirection(
  { after, before, newest }: ThreadQuery,
  { parent, replies }: ThreadRows,
): Generator<EventRow> {
  const isAsked = parent.seq > after && parent.seq < before;
  if (isAsked && !newest) yield parent;
  yield* replies;
  if (isAsked && newest) yield parent;
}

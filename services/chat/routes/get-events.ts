import { parseChannel } from '@parley/contract/channels/channel.ts';
import { type EventsPage, encodeEventsPage } from '@parley/contract/events/events-page.ts';
import { parseCount, parseLimit } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { ChatMetrics } from '../metrics.ts';
import type { PageQuery, Store } from '../store/store.ts';

/**
 * `GET /chat/:channel/events`: a page of the log in rising order. With `before` alone it is the
 * newest page below `before`, and `next` is the `before` of the page before it. Otherwise it is the
 * oldest page above `after` (0 when absent), and `next` is the `after` of the page after it. `next`
 * is null on the last page.
 */
export function getEvents(store: Store, metrics: ChatMetrics): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const query = parsePageQuery(request);
    requireSubscribe(identityOf(response), query.channel);
    metrics.logQueries.inc({ kind: 'events' });
    const { epoch, head, events, closed } = await store.page(query);
    const page: EventsPage = {
      channel: query.channel,
      epoch,
      head,
      events,
      next: nextPage(query, head, events),
      ...(closed && { closed }),
    };
    response.setHeader('Cache-Control', 'no-store').type('json').send(encodeEventsPage(page));
  };
}

function parsePageQuery({ params, query }: Request<{ channel: string }>): PageQuery {
  const { after, before, limit } = query;
  return {
    channel: parseChannel(params.channel),
    after: parseCount('after', after, { fallback: 0 }),
    before: parseCount('before', before, { fallback: Number.MAX_SAFE_INTEGER }),
    limit: parseLimit(limit),
    newest: before !== undefined && after === undefined,
  };
}

/** A page of long events may end before its limit, so a short page need not be the last. */
function nextPage(
  { newest, before, after }: PageQuery,
  head: number,
  events: { seq: number }[],
): number | null {
  const first = events[0]?.seq ?? 0;
  const last = events.at(-1)?.seq ?? after;
  if (newest) return first > 1 ? first : null;
  return events.length > 0 && last < Math.min(head, before - 1) ? last : null;
}

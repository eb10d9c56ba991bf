import { parseChannel } from '@parley/contract/channels/channel.ts';
import { type EventsPage, encodeEventsPage } from '@parley/contract/events/events-page.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { parseCount, parseLimit } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { Renaming } from '../access/renaming.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { Page, PageQuery, Store } from '../store/store.ts';

type Query = PageQuery & { thread?: number };

/**
 * `GET /chat/:channel/events`: a page of the log in rising order. With `before` alone it is the
 * newest page below `before`, and `next` is the `before` of the page before it. Otherwise it is the
 * oldest page above `after` (0 when absent), and `next` is the `after` of the page after it. `next`
 * is null on the last page. With `thread` the pages have that message and the replies to it.
 * A message has the caller's own reactions as `mine`. A private channel has no events
 * for those who may not enter it. With `renamed=0` an old name of a channel is a name without events,
 * in place of a problem.
 */
export function getEvents(
  store: Store,
  { metrics, renaming }: { metrics: ChatMetrics; renaming: Renaming },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const query = parsePageQuery(request);
    const identity = identityOf(response);
    requireSubscribe(identity, query.channel);
    const asOutsider = parsePrivacy(request.query.private) === '0';
    const viewer = asOutsider ? null : identity.readerOf(query.channel);
    metrics.logQueries.inc({ kind: 'events' });
    // A service that only reads has no reactions, and asks for many pages.
    const mineOf = identity.mayPublish(query.channel) ? identity.subject : undefined;
    const found = await readPage(store, { ...query, viewer, mineOf });
    const { epoch, head, events, closed, archived, next } = found;
    if (epoch === null && request.query.renamed !== '0')
      await renaming.refuse(query.channel, identity);
    const page: EventsPage = {
      channel: query.channel,
      epoch,
      head,
      events,
      next,
      ...(closed && { closed }),
      ...(archived && { archived }),
    };
    response.setHeader('Cache-Control', 'no-store').type('json').send(encodeEventsPage(page));
  };
}

/**
 * Reads `?private=`: with `0` an answer is as for a client that is in no private channel, with `1` a
 * list has only private channels.
 * @throws ChatError `invalid-query`
 */
export function parsePrivacy(value: unknown): '0' | '1' | undefined {
  if (value === undefined || value === '0' || value === '1') return value;
  throw new ChatError('invalid-query', 'private may only be "0" or "1", or absent.');
}

/** Reads a page, and where the next one begins. @throws ChatError `not-found` */
async function readPage(store: Store, query: Query): Promise<Page & { next: number | null }> {
  const { thread } = query;
  if (thread === undefined) {
    const page = await store.page(query);
    return { ...page, next: nextPage(query, page) };
  }
  const page = await store.thread({ ...query, thread });
  if (!page) throw new ChatError('not-found', `There is no message ${thread} in this channel.`);
  const edge = page.events.at(query.newest ? 0 : -1)?.seq ?? null;
  return { ...page, next: page.more ? edge : null };
}

function parsePageQuery({ params, query }: Request<{ channel: string }>): Query {
  const { after, before, limit, thread } = query;
  return {
    channel: parseChannel(params.channel),
    after: parseCount('after', after, { fallback: 0 }),
    before: parseCount('before', before, { fallback: Number.MAX_SAFE_INTEGER }),
    limit: parseLimit(limit),
    newest: before !== undefined && after === undefined,
    ...(thread !== undefined && { thread: parseCount('thread', thread, { fallback: 1, min: 1 }) }),
  };
}

/** A page of long events may end before its limit, so a short page need not be the last. */
function nextPage({ newest, before, after }: PageQuery, { head, events }: Page): number | null {
  const first = events[0]?.seq ?? 0;
  const last = events.at(-1)?.seq ?? after;
  if (newest) return first > 1 ? first : null;
  return events.length > 0 && last < Math.min(head, before - 1) ? last : null;
}

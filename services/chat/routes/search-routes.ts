import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { encodeSearchPage, type SearchPage } from '@parley/contract/events/search-page.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { parseCount, parseText } from '@parley/kit/http/query.ts';
import { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requireList, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Renaming } from '../access/renaming.ts';
import type { Indexer } from '../log/indexer.ts';
import type { ChatMetrics } from '../metrics.ts';
import { keyOf, type PosterOf, type PostLimit } from '../post-limit.ts';
import { parseSearch } from '../search/query.ts';
import type { Found, FoundPage, SearchQuery, SearchStore } from '../store/search.ts';
import { logPaths } from './log-paths.ts';

interface SearchParts {
  search: SearchStore;
  indexer: Indexer;
  metrics: ChatMetrics;
  limit: PostLimit | undefined;
  posterOf: PosterOf;
  renaming: Renaming;
}

const LIMIT = { fallback: 20, min: 1, max: 100 };
/** Searches of different clients at once. */
const AT_ONCE = 4;
const WAITING_MAX = 64;
/** As `placeOf` of a store writes it. */
const PLACE = /^-?\d{1,16}(?:\.\d{1,16}){0,2}$/;
/** Pages of the store that are read at most for one answer, when the caller may read few channels. */
const PAGES_MAX = 20;
/** No further page is read after this time. */
const PAGES_MS = 1_000;

/** Adds `GET /search` and `GET /chat/:channel/search`. The caller's identity must be known before. */
export function addSearchRoutes(router: Router, parts: SearchParts): void {
  const queue = new WorkQueue({
    atOnce: AT_ONCE,
    waitingMax: WAITING_MAX,
    refusal: 'Too many people search at the moment; try again.',
  });
  const readOnly = methodsAllowed('GET', 'HEAD');
  router.route(logPaths('/:channel/search')).get(searchChannel(parts, queue)).all(readOnly);
  router.route('/search').get(searchAll(parts, queue)).all(readOnly);
}

/** `GET /chat/:channel/search?q=&before=&limit=`: `before` is a seq. A search counts as a post. */
function searchChannel(parts: SearchParts, queue: WorkQueue): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const name = parseChannel(request.params.channel);
    const { before } = request.query;
    const channel = {
      name,
      ...(before !== undefined && { before: parseCount('before', before, { fallback: 0 }) }),
    };
    const identity = identityOf(response);
    const viewer = identity.readerOf(name);
    const query = { ...parseQuery(request.query), channel, viewer };
    requireSubscribe(identity, name);
    const client = await count(parts, request, response);
    const { found, next } = await queue.run(() => parts.search.search(query), client);
    if (found.length === 0) await parts.renaming.refuse(name, identity);
    answer(response, parts, { found, next: next?.seq ?? null });
  };
}

/** `GET /search?q=&before=&limit=`: searches every channel that the caller may read. */
function searchAll(parts: SearchParts, queue: WorkQueue): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(response);
    // Of private channels an account finds its own here, and a service none.
    const viewer = accountIdOf(identity.subject) ?? null;
    const place = parsePlace(request.query.before);
    const query = { ...parseQuery(request.query), ...place, viewer };
    requireList(identity);
    const client = await count(parts, request, response);
    const find = () => findReadable(parts.search, query, mayFindIn(identity));
    const page = await queue.run(find, client);
    answer(response, parts, { ...page, next: page.next?.place.join('.') ?? null });
  };
}

/** The channels in which `GET /search` finds messages: all that the caller may read. */
function mayFindIn(identity: Identity): (channel: string) => boolean {
  return (channel) => channel !== CANARY_CHANNEL && identity.maySubscribe(channel);
}

function parseQuery({ q, limit }: Record<string, unknown>) {
  return { ...parseSearch(parseText('q', q ?? '')), limit: parseCount('limit', limit, LIMIT) };
}

function parsePlace(before: unknown): { place?: number[] } {
  if (before === undefined) return {};
  if (typeof before === 'string' && PLACE.test(before)) {
    return { place: before.split('.').map(Number) };
  }
  throw new ChatError('invalid-query', 'before must be the `next` of an earlier answer.');
}

/** Counts a search as a post. Resolves with the key of the client. */
async function count(
  { limit, posterOf, metrics }: SearchParts,
  request: Request<object>,
  response: Response,
): Promise<string | undefined> {
  metrics.logQueries.inc({ kind: 'search' });
  const poster = posterOf(request, identityOf(response));
  await limit?.count(poster);
  return keyOf(poster);
}

/**
 * A page of what is found in the channels that the caller may read. It may be short, even empty,
 * when most of what is found is elsewhere; then `next` goes on behind that.
 */
async function findReadable(
  store: SearchStore,
  query: SearchQuery & { place?: number[] },
  mayFind: (channel: string) => boolean,
): Promise<FoundPage> {
  const { limit } = query;
  const found: Found[] = [];
  const lateAt = performance.now() + PAGES_MS;
  let page = await store.search(query);
  for (let pages = 1; ; pages++) {
    found.push(...page.found.filter(({ message }) => mayFind(message.channel)));
    if (found.length > limit) break;
    const isLast = pages === PAGES_MAX || performance.now() >= lateAt;
    if (!page.next || found.length === limit || isLast) return { found, next: page.next };
    page = await store.search({ ...query, place: page.next.place, limit: LIMIT.max });
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return { found: shown, next: last ? { place: last.place, seq: last.message.seq } : null };
}

function answer(
  response: Response,
  { indexer }: SearchParts,
  { found, next }: { found: Found[]; next: SearchPage['next'] },
): void {
  const results = found.map(({ message, matches }) => ({ ...message, matches }));
  const page = { results, next, ...(indexer.indexing && { indexing: true as const }) };
  response.setHeader('Cache-Control', 'no-store').type('json').send(encodeSearchPage(page));
}

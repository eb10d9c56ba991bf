import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChatError } from '@parley/contract/problem.ts';
import { parseCount } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler, Response } from 'express';
import { encodeRecord } from '../encode-record.ts';
import { channelOf, type Feed } from '../feeds/feed.ts';
import { readRecords } from '../store/read-records.ts';
import type { CatalogStore, RecordQuery } from '../store/store.ts';
import { parseTime } from '../time.ts';
import { storeAnswers } from './store-answers.ts';

const PAGE_DEFAULT = 100;
const PAGE_MAX = 1_000;
const NDJSON = 'application/x-ndjson';

/**
 * `GET /catalog/:feed?after=&limit=&from=&to=`: a page of records as JSON. A caller that accepts
 * `application/x-ndjson` gets one record per line, all of them unless there is a limit, as fast as
 * it reads. With `from` or `to` the order is that of publishing, otherwise that of storing.
 */
export function getRecords(feeds: Feed[], store: CatalogStore): RequestHandler<{ feed: string }> {
  return async (request, response) => {
    const feed = feeds.find(({ name }) => name === request.params.feed);
    requireSubscribe(identityOf(response), feed ? channelOf(feed) : request.params.feed);
    if (!feed) throw new ChatError('not-found', `There is no feed "${request.params.feed}".`);
    response.setHeader('Cache-Control', 'no-store').vary('Accept');
    const isLines = request.accepts(['application/json', NDJSON]) === NDJSON;
    const query = parseQuery(feed.name, request, isLines);
    if (isLines) await sendLines(request, response, { store, query });
    else await sendPage(response, { store, query });
  };
}

function parseQuery(
  feed: string,
  { query }: Request<{ feed: string }>,
  isLines: boolean,
): RecordQuery {
  const [since, until] = [parseBound('from', query.from), parseBound('to', query.to)];
  const fallback = isLines ? Number.MAX_SAFE_INTEGER : PAGE_DEFAULT;
  const limit = parseCount('limit', query.limit, { fallback, min: 1 });
  return {
    feed,
    after: parseCount('after', query.after, { fallback: 0 }),
    limit: isLines ? limit : Math.min(limit, PAGE_MAX),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

function parseBound(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const time = typeof value === 'string' ? parseTime(value) : undefined;
  if (time !== undefined) return time;
  throw new ChatError('invalid-query', `${name} must be a UTC time such as 2026-11-21T12:00:00Z.`);
}

type Reading = { store: CatalogStore; query: RecordQuery };

async function sendPage(response: Response, { store, query }: Reading): Promise<void> {
  const records = await storeAnswers(store.records(query));
  const last = records.at(-1)?.seq;
  // A page of long records may end before its limit, so its length does not tell whether more
  // follow.
  const more =
    last !== undefined && (await storeAnswers(store.records({ ...query, after: last, limit: 1 })));
  const lines = records.map((record) => encodeRecord(query.feed, record)).join(',');
  const next = more && more.length > 0 ? last : null;
  response
    .type('application/json')
    .send(`{"feed":${JSON.stringify(query.feed)},"next":${next},"records":[${lines}]}`);
}

async function sendLines(
  request: Request<{ feed: string }>,
  response: Response,
  { store, query }: Reading,
): Promise<void> {
  response.type(NDJSON);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  async function* lines() {
    for await (const record of readRecords(store, query))
      yield `${encodeRecord(query.feed, record)}\n`;
  }
  try {
    await pipeline(Readable.from(lines(), { highWaterMark: 1 }), response);
  } catch (error) {
    // A reader may leave at any line.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

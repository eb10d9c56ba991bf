import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ParsedUrlQuery, parse } from 'node:querystring';
import { ChatError } from '@parley/contract/problem.ts';
import { checkQuery } from './query.ts';

/** What a hot route gets of the address: the parameter of its path, and the query. */
export interface HotAddress {
  parameter: string;
  query: Record<string, unknown>;
}

/**
 * A route that is called so often that Express's search for it would cost more than its work. It is
 * answered ahead of the other routes, after the same checks.
 */
export interface HotRoute {
  method: string;
  /** Matches the whole path; its first group is the parameter. */
  path: RegExp;
  /** The route's pattern, for the metrics. */
  pattern: string;
  answer: (
    request: IncomingMessage,
    response: ServerResponse,
    address: HotAddress,
  ) => Promise<void>;
}

/** Finds the hot route of a request. */
export function findHotRoute(
  routes: readonly HotRoute[],
  { method, url = '' }: IncomingMessage,
): { route: HotRoute; parameter: string; query: string } | undefined {
  for (const route of routes) {
    if (method !== route.method) continue;
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const parameter = route.path.exec(path)?.[1];
    if (parameter === undefined) continue;
    return { route, parameter, query: queryAt < 0 ? '' : url.slice(queryAt + 1) };
  }
  return undefined;
}

/** Reads the address of a hot route. @throws ChatError `malformed-request`, `invalid-encoding` */
export function parseHotAddress(parameter: string, query: string): HotAddress {
  return { parameter: decode(parameter), query: parseQuery(query) };
}

/** Reads a query. @throws ChatError `invalid-encoding` */
export function parseQuery(query: string): ParsedUrlQuery {
  if (query === '') return {};
  checkQuery(query);
  return parse(query);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformedPath();
  }
}

export function malformedPath(): ChatError {
  return new ChatError('malformed-request', 'The request cannot be read: its path is malformed.');
}

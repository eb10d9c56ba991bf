import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { isOriginAllowed } from '../origins.ts';

/**
 * Refuses what a browser sends for a page of another site: what cookies allow is for our own pages and
 * those of `origins`, where `*` names nobody. Schemes and sites are judged by the browser (Fetch
 * Metadata), since a proxy may have taken TLS off. Programs, which say nothing of pages, may.
 * @throws ChatError `origin-refused`
 */
export function requireOwnPage(headers: IncomingHttpHeaders, origins: string[]): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const named = origins.filter((one) => one !== '*');
  if (origin !== undefined && named.includes(origin)) return;
  if (isOriginAllowed({ origin, host }, named) && site !== 'cross-site') return;
  throw new ChatError(
    'origin-refused',
    'Pages of this origin may not act for whoever is signed in here; CORS_ORIGINS names those that may.',
  );
}

import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import type { Setting } from './settings.ts';

/** Which other sites' pages may use this server. */
export const corsOrigins: Setting<string> = {
  doc: 'Origins of other sites whose pages may use this server, such as https://a.example, with commas between; * for all.',
  format: 'origins',
  default: '',
  env: 'CORS_ORIGINS',
};

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isSafe(method: string | undefined): boolean {
  return SAFE_METHODS.has(method ?? '');
}

/** The origins in a setting's text. */
export function listOrigins(text: string): string[] {
  return text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}

/**
 * Refuses what a browser sends for a page that may not use this server: one of another host that
 * is not among `origins`, where `*` is every page. Programs send no Origin and may.
 * @throws ChatError `origin-refused`
 */
export function requireAllowedPage(headers: IncomingHttpHeaders, origins: string[]): void {
  if (!origins.includes('*')) requireOwnPage(headers, origins);
}

/**
 * The same for what depends on a visitor's cookies: they are for our own pages and those of
 * `origins`, where `*` names no page. The browser compares schemes and sites (Fetch Metadata), since
 * a proxy may have taken TLS off.
 * @throws ChatError `origin-refused`
 */
export function requireOwnPage(headers: IncomingHttpHeaders, origins: string[]): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && origin !== '*' && origins.includes(origin)) return;
  if (site !== 'cross-site' && (origin === undefined || isSameHost(origin, host))) return;
  throw new ChatError(
    'origin-refused',
    'Pages of this origin may not do this here; name the origin in CORS_ORIGINS.',
  );
}

/** Whether a page of that origin was loaded from that host, with or without TLS. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.host === host) return true;
  const here = `${page.protocol}//${host}`;
  return URL.canParse(here) && new URL(here).host === page.host && page.host !== '';
}

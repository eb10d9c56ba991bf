import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import type { Setting } from '../settings/settings.ts';

/** The other sites whose pages may use this server. */
export const corsOrigins: Setting<string> = {
  doc: 'Origins of other sites whose pages may use this server, such as https://a.example, with commas between; * for all.',
  format: { name: 'origins', check: checkOrigins },
  default: '',
  env: 'CORS_ORIGINS',
};

function checkOrigins(text: string): void {
  for (const origin of listOrigins(text)) {
    if (origin !== '*' && (!URL.canParse(origin) || new URL(origin).origin !== origin))
      throw new Error('must be origins such as https://a.example, with commas between, or *');
  }
}

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isSafe(method: string | undefined): boolean {
  return SAFE_METHODS.has(method ?? '');
}

/** Splits a setting's text into origins. */
export function listOrigins(text: string): string[] {
  return text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}

/**
 * Refuses a browser's request for a page that may not use this server: a page of another host whose
 * origin is not in `origins` (`*` allows every page). Programs send no Origin and are allowed.
 * @throws ChatError `origin-refused`
 */
export function requireAllowedPage(headers: IncomingHttpHeaders, origins: string[]): void {
  if (!origins.includes('*')) requireOwnPage(headers, origins);
}

/**
 * The same check for requests that use a visitor's cookies: only our own pages and those listed in
 * `origins` may; `*` allows none. The browser compares schemes and sites (Fetch Metadata), because
 * a proxy may have removed TLS.
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

/** True when a page of that origin was loaded from that host, with or without TLS. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.host === host) return true;
  const here = `${page.protocol}//${host}`;
  return URL.canParse(here) && new URL(here).host === page.host && page.host !== '';
}

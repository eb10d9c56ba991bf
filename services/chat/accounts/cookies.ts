import type { Renewal } from '@parley/contract/account.ts';
import {
  hostCookie,
  readCookie,
  readNamed,
  TOKEN_COOKIE,
} from '@parley/kit/tokens/token-cookie.ts';
import type { CookieOptions, Request, Response } from 'express';

/** The cookie in which a browser keeps its session's secret. */
const SESSION_COOKIE = 'parley-session';

/** Where each cookie goes; over TLS to every path, as the prefix `__Host-` asks. */
const PATHS: Record<string, string> = { [TOKEN_COOKIE]: '/', [SESSION_COOKIE]: '/session' };

/** Gives a browser what it shows from then on (RFC 6265); no script reads it, no other site sends it. */
export function setCookies(
  response: Response,
  { secret, sessionEndsAt, renewal }: { secret: string; sessionEndsAt: number; renewal: Renewal },
): void {
  const { token, expiresAt } = renewal;
  setCookie(response, TOKEN_COOKIE, { value: token, until: Date.parse(expiresAt) });
  setCookie(response, SESSION_COOKIE, { value: secret, until: sessionEndsAt });
  clearPlain(response);
}

/** Takes them away. */
export function clearCookies(response: Response): void {
  for (const name of Object.keys(PATHS)) {
    const { name: named, options } = describe(response, name);
    response.clearCookie(named, options);
  }
  clearPlain(response);
}

/** The session's secret that a browser shows. */
export function sessionSecret({ headers }: Request): string | undefined {
  return readCookie(headers.cookie, SESSION_COOKIE);
}

/** A browser's own clock may be wrong, so it gets a duration. */
function setCookie(
  response: Response,
  cookie: string,
  { value, until }: { value: string; until: number },
): void {
  const { name, options } = describe(response, cookie);
  response.cookie(name, value, { ...options, maxAge: until - Date.now() });
}

/** A browser that comes over TLS and still has cookies without the prefix loses those. */
function clearPlain(response: Response): void {
  const { secure, headers } = response.req;
  if (!secure) return;
  for (const [name, path] of Object.entries(PATHS)) {
    if (readNamed(headers.cookie ?? '', name) === undefined) continue;
    response.clearCookie(name, { ...attributes(true), path });
  }
}

/** Over TLS, as far as a trusted proxy says, they come back over TLS and to this host alone. */
function describe({ req }: Response, cookie: string): { name: string; options: CookieOptions } {
  const { secure } = req;
  const name = secure ? hostCookie(cookie) : cookie;
  return { name, options: { ...attributes(secure), path: secure ? '/' : (PATHS[cookie] ?? '/') } };
}

function attributes(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure };
}

import type { Renewal } from '@parley/contract/accounts/account.ts';
import {
  hostCookie,
  readCookie,
  readNamed,
  TOKEN_COOKIE,
} from '@parley/kit/tokens/token-cookie.ts';
import type { CookieOptions, Request, Response } from 'express';

/** The cookie in which a browser keeps its session's secret. */
const SESSION_COOKIE = 'parley-session';

/** The cookie by which a browser that comes back from the OpenID provider is known. */
const OPENID_COOKIE = 'parley-openid';

/** The path of each cookie. Over TLS it is always `/`, as the prefix `__Host-` requires. */
const PATHS: Record<string, string> = { [TOKEN_COOKIE]: '/', [SESSION_COOKIE]: '/session' };

/** Sets a session's cookies (RFC 6265). No script can read them, and no other site sends them. */
export function setCookies(
  response: Response,
  { secret, sessionEndsAt, renewal }: { secret: string; sessionEndsAt: number; renewal: Renewal },
): void {
  const { token, expiresAt } = renewal;
  setCookie(response, TOKEN_COOKIE, { value: token, until: Date.parse(expiresAt) });
  setCookie(response, SESSION_COOKIE, { value: secret, until: sessionEndsAt });
  clearPlain(response);
}

/** Removes a session's cookies. */
export function clearCookies(response: Response): void {
  for (const name of Object.keys(PATHS)) {
    const { name: named, options } = describe(response, name);
    response.clearCookie(named, options);
  }
  clearPlain(response);
}

/** The session's secret in a request's cookie. */
export function sessionSecret({ headers }: Request): string | undefined {
  return readCookie(headers.cookie, SESSION_COOKIE);
}

/** The secret of a browser that signs in by the OpenID provider. */
export function openIdSecret({ headers }: Request): string | undefined {
  return readCookie(headers.cookie, OPENID_COOKIE);
}

/** Sets that secret. Browsers send the cookie also when the provider's page leads back (`Lax`). */
export function setOpenIdCookie(response: Response, secret: string, maxAge: number): void {
  const { name, options } = describe(response, OPENID_COOKIE);
  response.cookie(name, secret, { ...options, sameSite: 'lax', maxAge });
}

/** Sets a cookie with a duration, because the browser's clock may be wrong. */
function setCookie(
  response: Response,
  cookie: string,
  { value, until }: { value: string; until: number },
): void {
  const { name, options } = describe(response, cookie);
  response.cookie(name, value, { ...options, maxAge: until - Date.now() });
}

/** Removes cookies without the prefix from a browser that uses TLS and still has them. */
function clearPlain(response: Response): void {
  const { secure, headers } = response.req;
  if (!secure) return;
  for (const [name, path] of Object.entries(PATHS)) {
    if (readNamed(headers.cookie ?? '', name) === undefined) continue;
    response.clearCookie(name, { ...attributes(true), path });
  }
}

/**
 * A cookie's name and options. With TLS, also where a trusted proxy reports it, the browser sends
 * the cookie over TLS only, and to this host only.
 */
function describe({ req }: Response, cookie: string): { name: string; options: CookieOptions } {
  const { secure } = req;
  const name = secure ? hostCookie(cookie) : cookie;
  return { name, options: { ...attributes(secure), path: secure ? '/' : (PATHS[cookie] ?? '/') } };
}

function attributes(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure };
}

import type { Renewal } from '@parley/contract/account.ts';
import { readCookie, TOKEN_COOKIE } from '@parley/kit/tokens/token-cookie.ts';
import type { CookieOptions, Request, Response } from 'express';

/** The cookie in which a browser keeps its session's secret; it goes to the routes of sessions alone. */
const SESSION_COOKIE = 'parley-session';
const SESSION_PATH = '/session';

/** Gives a browser what it shows from then on (RFC 6265); no script reads it, no other site sends it. */
export function setCookies(
  response: Response,
  { secret, sessionEndsAt, renewal }: { secret: string; sessionEndsAt: number; renewal: Renewal },
): void {
  const { token, expiresAt } = renewal;
  response.cookie(TOKEN_COOKIE, token, {
    ...options(response),
    maxAge: msUntil(Date.parse(expiresAt)),
  });
  response.cookie(SESSION_COOKIE, secret, {
    ...options(response),
    path: SESSION_PATH,
    maxAge: msUntil(sessionEndsAt),
  });
}

/** Takes them away. */
export function clearCookies(response: Response): void {
  response.clearCookie(TOKEN_COOKIE, options(response));
  response.clearCookie(SESSION_COOKIE, { ...options(response), path: SESSION_PATH });
}

/** The session's secret that a browser shows. */
export function sessionSecret({ headers }: Request): string | undefined {
  return readCookie(headers.cookie, SESSION_COOKIE);
}

/** A browser's own clock may be wrong. */
function msUntil(time: number): number {
  return time - Date.now();
}

/** Over TLS, as far as is known from whoever took it off, they come back over TLS alone. */
function options({ req }: Response): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: req.secure, path: '/' };
}

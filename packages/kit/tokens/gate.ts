import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { EndedSessions } from './ended-sessions.ts';
import { bearer, guest, type Identity } from './identity.ts';
import { readCookie, TOKEN_COOKIE } from './token-cookie.ts';
import type { Verify } from './verifier.ts';

/** `open`: whoever has no token may do everything; `required`: nothing. */
export type AuthMode = 'open' | 'required';

const BEARER = /^bearer +(\S+)$/i;
/** Other schemes are another's business, such as that of a proxy in front. */
const ANY_BEARER = /^bearer\b/i;

/** Finds out who makes a request. */
export class Gate {
  /** Whether whoever has no token may do everything. */
  readonly open: boolean;
  readonly #verify: Verify | undefined;
  /** Whoever has no token. */
  readonly guest: Identity;
  /** Sessions whose tokens are refused although they have not expired. */
  readonly ended = new EndedSessions();

  /** Without `verify` there are no keys, and every token is refused. */
  constructor(mode: AuthMode, verify: Verify | undefined) {
    this.open = mode === 'open';
    this.#verify = verify;
    this.guest = guest(this.open);
  }

  /**
   * Who shows those headers, by a bearer token or else by our cookie. A bearer token that is not valid is
   * refused, not passed over: whoever sends one means to be known by it. A cookie comes by itself, also
   * when it has expired, and then says nothing.
   * @throws ChatError `invalid-token` or `keys-unavailable`
   */
  async identify(headers: IncomingHttpHeaders): Promise<Identity> {
    const { authorization } = headers;
    if (!isBearer(headers)) return this.#identifyCookie(tokenInCookie(headers));
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token !== undefined) return this.identifyBearer(token);
    throw new ChatError('invalid-token', 'Send a token as "Authorization: Bearer …", or none.');
  }

  /**
   * Who shows that token.
   * @throws ChatError `invalid-token` or `keys-unavailable`
   */
  async identifyBearer(token: string): Promise<Identity> {
    if (!this.#verify) throw new ChatError('invalid-token', 'No tokens are taken here.');
    const claims = await this.#verify(token);
    if (this.ended.has(claims.sid)) {
      throw new ChatError('invalid-token', 'The session has ended; sign in again.');
    }
    return bearer(token, claims, this.open);
  }

  async #identifyCookie(token: string | undefined): Promise<Identity> {
    try {
      return token === undefined ? this.guest : await this.identifyBearer(token);
    } catch (error) {
      if (error instanceof ChatError && error.code === 'invalid-token') return this.guest;
      throw error;
    }
  }
}

/** How a request shows who makes it; a cookie is sent by the browser itself, whatever page asks. */
export function shownBy(headers: IncomingHttpHeaders): 'bearer' | 'cookie' | undefined {
  if (isBearer(headers)) return 'bearer';
  return tokenInCookie(headers) === undefined ? undefined : 'cookie';
}

function isBearer({ authorization }: IncomingHttpHeaders): boolean {
  return authorization !== undefined && ANY_BEARER.test(authorization);
}

function tokenInCookie({ cookie }: IncomingHttpHeaders): string | undefined {
  return readCookie(cookie, TOKEN_COOKIE);
}

import { openChannelMatch } from '@parley/contract/channel-pattern.ts';
import type { Claims } from '@parley/contract/claims.ts';
import { ChatError } from '@parley/contract/problem.ts';

/** Who asks, and what that one may do. */
export interface Identity {
  /** Whom its token names; undefined for a guest, who has none. */
  subject: string | undefined;
  /** The session that its token belongs to, which may end before the token does. */
  session: string | undefined;
  /** Whether it may do what administrators do. */
  admin: boolean;
  /** The one name under which it speaks; undefined where any will do. */
  name: string | undefined;
  /** When that ends, in milliseconds since 1970 (UTC); undefined: never. */
  expiresAt: number | undefined;
  /** What it showed, for a part that asks another on its behalf. */
  token: string | undefined;
  /** What that token says. */
  claims: Claims | undefined;
  /** Whether it may ask which channels there are; it is told of those that it may read. */
  mayList: boolean;
  mayPublish(channel: string): boolean;
  maySubscribe(channel: string): boolean;
}

const always = () => true;
const never = () => false;

/** Somebody without a token: in an open house everything is allowed, in another nothing. */
export function guest(open: boolean): Identity {
  const may = open ? always : never;
  return {
    ...{ subject: undefined, session: undefined, name: undefined, token: undefined },
    claims: undefined,
    ...{ admin: false, expiresAt: undefined, mayList: open, mayPublish: may, maySubscribe: may },
  };
}

/** The bearer of a token; in an open house the token gives a name and takes nothing away. */
export function bearer(token: string, claims: Claims, open: boolean): Identity {
  const { sub, sid, name, role, exp, publish, subscribe } = claims;
  return {
    ...{ subject: sub, session: sid, admin: role === 'admin', name, token, claims },
    ...{ expiresAt: Math.floor(exp * 1000), mayList: true },
    mayPublish: open ? always : openChannelMatch(publish),
    maySubscribe: open ? always : openChannelMatch(subscribe),
  };
}

/** @throws ChatError `unauthenticated` or `forbidden` */
export function requirePublish(identity: Identity, channel: string): void {
  if (!identity.mayPublish(channel)) throw refusal(identity, `speak in ${channel}`);
}

/** @throws ChatError `unauthenticated` */
export function requireList(identity: Identity): void {
  if (!identity.mayList) throw refusal(identity, 'list channels');
}

/** @throws ChatError `unauthenticated` or `forbidden` */
export function requireSubscribe(identity: Identity, channel: string): void {
  if (!identity.maySubscribe(channel)) throw refusal(identity, `read ${channel}`);
}

/** Who asks, by the name of its token. @throws ChatError `unauthenticated` for a guest */
export function requireSubject(identity: Identity, what: string): string {
  if (identity.subject !== undefined) return identity.subject;
  throw refusal(identity, what);
}

/** @throws ChatError `unauthenticated` or `forbidden` */
export function requireAdmin(identity: Identity, what: string): void {
  if (!identity.admin) throw refusal(identity, what);
}

function refusal({ subject }: Identity, what: string): ChatError {
  return subject === undefined
    ? new ChatError('unauthenticated', `A token is needed to ${what}.`)
    : new ChatError('forbidden', `This token is not for those who ${what}.`);
}

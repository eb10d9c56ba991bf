import { type Claims, sessionOf } from '@parley/contract/accounts/claims.ts';
import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { openChannelMatch } from '@parley/contract/channels/channel-pattern.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '../viewer.ts';

/** The client of a request, and its rights. */
export interface Identity {
  /** The subject of its token; undefined for a guest, who has no token. */
  subject: string | undefined;
  /** What may end before its token expires: the token's session, or else its subject (`sessionOf`). */
  session: string | undefined;
  /** True for an administrator. */
  admin: boolean;
  /** The one name under which it posts; undefined where it may use any name. */
  name: string | undefined;
  /** When its rights end, in milliseconds since 1970 (UTC); undefined: never. */
  expiresAt: number | undefined;
  /** The token itself, for a service that sends requests to another on the client's behalf. */
  token: string | undefined;
  /** The claims of the token. */
  claims: Claims | undefined;
  /** True when it may list channels; the list holds only channels that it may read. */
  mayList: boolean;
  mayPublish(channel: string): boolean;
  maySubscribe(channel: string): boolean;
  /** As whom it reads a channel, in case that is private. It must have the right to read it. */
  readerOf(channel: string): Viewer;
  /** As whom it posts in a channel, in case that is private. It must have the right to post in it. */
  posterOf(channel: string): Viewer;
}

const always = () => true;
const never = () => false;
const nowhere = () => null;

/** A client without a token: in open mode it has every right, otherwise none. */
export function guestIdentity(open: boolean): Identity {
  const may = open ? always : never;
  return {
    subject: undefined,
    session: undefined,
    name: undefined,
    token: undefined,
    claims: undefined,
    admin: false,
    expiresAt: undefined,
    mayList: open,
    mayPublish: may,
    maySubscribe: may,
    readerOf: nowhere,
    posterOf: nowhere,
  };
}

/** A client with a token. In open mode it has every right, and the token only gives a name. */
export function tokenIdentity(token: string, claims: Claims, open: boolean): Identity {
  const { sub, name, role, exp, publish, subscribe } = claims;
  return {
    subject: sub,
    session: sessionOf(claims),
    admin: role === 'admin',
    name,
    token,
    claims,
    expiresAt: Math.floor(exp * 1000),
    mayList: true,
    mayPublish: open ? always : openChannelMatch(publish),
    maySubscribe: open ? always : openChannelMatch(subscribe),
    readerOf: viewerIn(claims, subscribe),
    posterOf: viewerIn(claims, publish),
  };
}

/**
 * An account enters the private channels that have it as a member. Any other token enters those that
 * its own patterns match, also in open mode, unless its claim `private` is false.
 */
function viewerIn(
  { sub, private: mayEnter = true }: Claims,
  patterns: string[],
): (channel: string) => Viewer {
  const account = accountIdOf(sub);
  if (account !== undefined) return () => account;
  if (!mayEnter || patterns.length === 0) return nowhere;
  let matches: ((channel: string) => boolean) | undefined;
  return (channel) => {
    matches ??= openChannelMatch(patterns);
    return matches(channel) ? EVERY_PRIVATE_CHANNEL : null;
  };
}

/** @throws ChatError `unauthenticated` or `forbidden` */
export function requirePublish(identity: Identity, channel: string): void {
  if (!identity.mayPublish(channel)) throw refusal(identity, `post in ${channel}`);
}

/** @throws ChatError `unauthenticated` */
export function requireList(identity: Identity): void {
  if (!identity.mayList) throw refusal(identity, 'list channels');
}

/** @throws ChatError `unauthenticated` or `forbidden` */
export function requireSubscribe(identity: Identity, channel: string): void {
  if (!identity.maySubscribe(channel)) throw refusal(identity, `read ${channel}`);
}

/** The subject of the identity's token. @throws ChatError `unauthenticated` for a guest */
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
    : new ChatError('forbidden', `This token does not give the right to ${what}.`);
}

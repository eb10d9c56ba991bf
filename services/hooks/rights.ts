import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { openChannelMatch } from '@parley/contract/channels/channel-pattern.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/**
 * Which private channels a hook enters, as its administrator: the subject of an account that enters as
 * a member, or the patterns of a service's token.
 */
export type PrivateRights = string | string[];

/** The private channels that a client may enter now; `patterns` are those of its token. */
export function privateRightsOf(
  { subject = '', claims }: Identity,
  patterns: string[],
): PrivateRights {
  if (accountIdOf(subject) !== undefined) return subject;
  return claims?.private === false ? [] : patterns;
}

/** True when a private channel with these members may be entered. */
export function mayEnter(rights: PrivateRights, channel: string, members: string[]): boolean {
  if (typeof rights === 'string') return members.includes(rights);
  return rights.length > 0 && openChannelMatch(rights)(channel);
}

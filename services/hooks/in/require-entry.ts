import { ChatError } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import { mayEnter, type PrivateRights } from '../rights.ts';

/**
 * Checks that a hook may post in a channel, in case that is private now: as a member it has its
 * administrator. For all others there is no such channel. @throws ChatError `not-found`
 */
export type RequireEntry = (channel: string, rights: PrivateRights) => Promise<void>;

/** Opens the check. Without a token the service itself enters no private channel, and chat refuses. */
export function openEntry(
  chat: Pick<ChatClient, 'privateChannels'>,
  token: () => string | undefined,
): RequireEntry {
  return async (channel, rights) => {
    if (token() === undefined) return;
    const [found] = await chat.privateChannels([channel]);
    if (!found || mayEnter(rights, channel, found.members ?? [])) return;
    throw new ChatError('not-found', 'There is no such channel; choose another name.');
  };
}

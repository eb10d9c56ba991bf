import { ChatError } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/**
 * The private channels that a reader may read, the most recently active first.
 * @throws ChatError `store-unavailable` when chat cannot answer
 */
export type PrivateChannelsOf = (identity: Identity) => Promise<string[]>;

/** Makes a `PrivateChannelsOf` that asks chat with the reader's own token. `enabled` false: there are none. */
export function openPrivateChannelsOf(
  chat: Pick<ChatClient, 'privateChannelsOf'>,
  enabled: boolean,
): PrivateChannelsOf {
  return async ({ token }) => {
    if (token === undefined || !enabled) return [];
    try {
      const found = (await chat.privateChannelsOf(token)).filter((channel) => channel.private);
      return found.sort((a, b) => b.at.localeCompare(a.at)).map(({ channel }) => channel);
    } catch (cause) {
      throw new ChatError('store-unavailable', 'The channels cannot be listed now; try again.', {
        cause,
      });
    }
  };
}

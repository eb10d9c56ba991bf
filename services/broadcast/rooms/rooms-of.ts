import { ChatError } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/**
 * The private channels with events that a reader may read, the most recently active first.
 * @throws ChatError `store-unavailable` when chat cannot answer
 */
export type RoomsOf = (identity: Identity) => Promise<string[]>;

/** Makes a `RoomsOf` that asks chat with the reader's own token. `enabled` false: there are none. */
export function openRoomsOf(chat: Pick<ChatClient, 'roomsOf'>, enabled: boolean): RoomsOf {
  return async ({ token }) => {
    if (token === undefined || !enabled) return [];
    try {
      const rooms = (await chat.roomsOf(token)).filter((room) => room.private);
      return rooms.sort((a, b) => b.at.localeCompare(a.at)).map(({ channel }) => channel);
    } catch (cause) {
      throw new ChatError('store-unavailable', 'The channels cannot be listed now; try again.', {
        cause,
      });
    }
  };
}

import type { IncomingHttpHeaders } from 'node:http';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/**
 * Identifies the reader of a stream request: by the ticket in the query, or without a ticket by the
 * headers. A ticket goes before a header, and is used up.
 * @throws ChatError `invalid-ticket`, `invalid-token`, `keys-unavailable` or `store-unavailable`
 */
export type IdentifyReader = (headers: IncomingHttpHeaders, ticket: unknown) => Promise<Identity>;

/** Makes an `IdentifyReader`. Chat redeems a ticket for a token. */
export function openIdentifyReader(authenticator: Authenticator, chat: ChatClient): IdentifyReader {
  return async (headers, ticket) => {
    if (ticket === undefined) return authenticator.identify(headers);
    return authenticator.identifyBearer(await chat.redeem(ticket));
  };
}

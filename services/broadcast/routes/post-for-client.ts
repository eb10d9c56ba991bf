import { ChatError, parseProblem } from '@parley/contract/problem.ts';
import type { Ack, SocketDraft } from '@parley/contract/streams/websocket.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { ForwardedFor } from '@parley/kit/limits/address-of.ts';

/** How long chat may take to store a message. */
const ANSWER_LIMIT_MS = 15_000;

/** The client that posts: its token (undefined for a guest) and its address. */
export interface PostingClient {
  token: string | undefined;
  address: string | undefined;
}

/**
 * Posts a message to a channel on a client's behalf.
 * @throws ChatError with chat's refusal, `store-unavailable` when there is no answer
 */
export type PostForClient = (
  channel: string,
  draft: SocketDraft,
  client: PostingClient,
) => Promise<Ack>;

/** Makes a `PostForClient` that posts to chat. */
export function openPostForClient(chat: ChatClient, forwardedFor: ForwardedFor): PostForClient {
  return async (channel, draft, { token, address }) => {
    const { key } = draft;
    const request = chat.post(channel, draft, {
      token,
      key,
      headers: forwardedFor(address),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const { ok, answer } = await read(request);
    if (!ok) throw parseProblem(answer);
    return { key, seq: (answer as { seq?: number }).seq };
  };
}

async function read(request: Promise<Response>): Promise<{ ok: boolean; answer: unknown }> {
  try {
    const response = await request;
    return { ok: response.ok, answer: await response.json() };
  } catch (error) {
    throw new ChatError(
      'store-unavailable',
      'The message may not have been stored; send it again with the same key.',
      { cause: error },
    );
  }
}

import { ChatError, parseProblem } from '@parley/contract/problem.ts';
import type { Ack, Said } from '@parley/contract/streams/websocket.ts';
import type { ForwardedFor } from '@parley/kit/limits/address-of.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';

/** How long chat may take to store a message. */
const ANSWER_LIMIT_MS = 15_000;

/** The client that posts: its token (undefined for a guest) and its address. */
export interface Speaker {
  token: string | undefined;
  address: string | undefined;
}

/**
 * Posts a message to a channel on a client's behalf.
 * @throws ChatError with chat's refusal, `store-unavailable` when there is no answer
 */
export type Speak = (channel: string, said: Said, speaker: Speaker) => Promise<Ack>;

/** Makes a `Speak` that posts to any replica of chat. */
export function openSpeaker(chatUrl: string, forwardedFor: ForwardedFor): Speak {
  const base = new URL(chatUrl);
  return async (channel, { username, message, key }, { token, address }) => {
    const { ok, answer } = await ask(new URL(`/chat/${encodeURIComponent(channel)}`, base), {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...bearerHeader(token),
        ...forwardedFor(address),
        ...(key !== undefined && { 'Idempotency-Key': key }),
      },
      body: JSON.stringify({ username, message }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    if (!ok) throw parseProblem(answer);
    return { key, seq: (answer as { seq: number }).seq };
  };
}

async function ask(url: URL, request: RequestInit): Promise<{ ok: boolean; answer: unknown }> {
  try {
    const response = await fetch(url, request);
    return { ok: response.ok, answer: await response.json() };
  } catch (error) {
    throw new ChatError(
      'store-unavailable',
      'The message may not have been stored; send it again with the same key.',
      { cause: error },
    );
  }
}

import { ChatError, parseProblem } from '@parley/contract/problem.ts';
import type { Ack, Said } from '@parley/contract/websocket.ts';
import type { ForwardedFor } from '@parley/kit/limits/address-of.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';

/** How long chat may take to store a message. */
const ANSWER_LIMIT_MS = 15_000;

/** Who speaks: the bearer of a token or a guest, and from where. */
export interface Speaker {
  token: string | undefined;
  address: string | undefined;
}

/** Says something in a channel for somebody. @throws ChatError as chat refused it, `store-unavailable` when there is no answer */
export type Speak = (channel: string, said: Said, speaker: Speaker) => Promise<Ack>;

/** Opens the way to say something: a POST to chat, at any replica. */
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

import type { MessageReceipt } from '@parley/contract/events/message.ts';
import { answerError } from '../request-json.ts';
import type { UnsentMessage } from './unsent-messages.ts';

/**
 * The outcome of one attempt. After `unanswered` the message may be stored or not, so it must be
 * sent again with the same key. After `unauthenticated` it waits for a sign-in.
 */
export type PostOutcome =
  | { kind: 'stored'; receipt: MessageReceipt }
  | { kind: 'refused'; detail: string }
  | { kind: 'unauthenticated' }
  | { kind: 'unanswered'; retryAfterMs: number };

/**
 * 4xx statuses after which the client repeats the request (RFC 9110 15.5.9, RFC 8470, RFC 6585).
 */
const TRY_AGAIN = new Set([408, 425, 429]);

const TIMEOUT_MS = 20_000;

/** Posts a message once, with its idempotency key; `base` is the origin of another host. */
export async function postMessage(
  { channel, username, message, key, account = false }: UnsentMessage,
  signal: AbortSignal,
  base = '',
): Promise<PostOutcome> {
  try {
    const response = await fetch(`${base}/chat/${encodeURIComponent(channel)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ username, message }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return await outcomeOf(response, account);
  } catch {
    return { kind: 'unanswered', retryAfterMs: 0 };
  }
}

async function outcomeOf(response: Response, account: boolean): Promise<PostOutcome> {
  if (response.ok) return { kind: 'stored', receipt: (await response.json()) as MessageReceipt };
  if (response.status < 500 && !TRY_AGAIN.has(response.status)) {
    const { status, code, message } = await answerError(response);
    if (status === 401 || (account && code === 'name-taken')) return { kind: 'unauthenticated' };
    return { kind: 'refused', detail: message };
  }
  const seconds = Number(response.headers.get('retry-after'));
  return { kind: 'unanswered', retryAfterMs: seconds > 0 ? seconds * 1000 : 0 };
}

import { ChatError, type ProblemCode } from '@parley/contract/problem.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Refusal } from '../store/store.ts';

/** The error for a client whose post in a channel failed: a better one where that is known. */
export type Explain = (error: unknown, channel: string, identity: Identity) => Promise<unknown>;

/** The detail for a client that may not know of a channel. */
export const NO_CHANNEL = 'There is no such channel; choose another name.';

const DETAILS: Record<Refusal, string> = {
  'idempotency-mismatch': 'This Idempotency-Key was used with another body; use a new key.',
  'too-many-reactions': 'This message has 20 different emoji; react with one of them.',
  'channel-closed': 'This channel is closed; an administrator may open it again.',
  muted: 'You are muted in this channel for a time; your messages can be deleted, but not changed.',
  'name-taken': 'This name belongs to an account; sign in to it, or post under another name.',
  'not-found': 'There is no such message, or it was deleted.',
  'invalid-reply': 'Only a message can have replies.',
  'no-channel': NO_CHANNEL,
  forbidden: 'This message has another author.',
  'malformed-request': 'No text can contain U+0000; remove it.',
};

/** The error for a client whose draft the store refused. */
export function refusalOf(reason: Refusal): ChatError {
  const code: ProblemCode = reason === 'no-channel' ? 'not-found' : reason;
  return new ChatError(code, DETAILS[reason]);
}

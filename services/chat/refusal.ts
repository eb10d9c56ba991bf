import { ChatError } from '@parley/contract/problem.ts';
import type { Refusal } from './store/store.ts';

const DETAILS: Record<Refusal, string> = {
  'idempotency-mismatch': 'This Idempotency-Key was used with another body; use a new key.',
  'channel-closed': 'This channel is closed; an administrator may open it again.',
  'name-taken': 'This name belongs to an account; sign in to it, or speak under another name.',
  'not-found': 'There is no such message, or it was deleted.',
  forbidden: "This message is somebody else's.",
  'malformed-request': 'No text can hold U+0000; leave it out.',
};

/** What a caller is told whose append the store refused. */
export function refusalOf(reason: Refusal): ChatError {
  return new ChatError(reason, DETAILS[reason]);
}

import { z } from 'zod';
import { ChatError } from '../problem.ts';

const voteSchema = z.object({ value: z.union([z.literal(1), z.literal(0), z.literal(-1)]) });

/** 1 for a message, -1 against it, 0 for neither. */
export type VoteValue = z.infer<typeof voteSchema>['value'];

/** The answer to a vote: the message's tallies with this vote, and the voter's vote. */
export interface VoteReceipt {
  seq: number;
  up: number;
  down: number;
  value: VoteValue;
}

/** Reads a vote. @throws ChatError `invalid-vote` */
export function parseVote(value: unknown): VoteValue {
  const parsed = voteSchema.safeParse(value);
  if (parsed.success) return parsed.data.value;
  throw new ChatError('invalid-vote', 'A vote is {"value": 1}, {"value": -1}, or {"value": 0}.');
}

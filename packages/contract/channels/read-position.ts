import { z } from 'zod';
import { ChatError } from '../problem.ts';

/** Up to which event an account has read a channel; `seq` 0 when it has marked none. */
export interface ReadPosition {
  channel: string;
  seq: number;
}

const markSchema = z.object({ seq: z.int().nonnegative() });

/** Reads the seq of a mark. @throws ChatError `malformed-request` */
export function parseReadMark(value: unknown): number {
  const parsed = markSchema.safeParse(value);
  if (parsed.success) return parsed.data.seq;
  throw new ChatError('malformed-request', 'Send {"seq": 42}, the number of the last event read.');
}

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

const noticeSchema = z.object({
  positions: z.array(
    z.object({
      account: z.string().min(1),
      channel: z.string().min(1),
      seq: z.int().positive(),
      /** The position is in a private channel. */
      private: z.literal(true).optional(),
    }),
  ),
});

/** Read positions that have moved forward. `account` is an account's id. */
export type ReadNotice = z.infer<typeof noticeSchema>;

/** Most positions of one notice, so that it is far below the 64 KB that every broker takes. */
export const NOTICE_POSITIONS_MAX = 100;

/** Reads a message of READ_POSITIONS_TOPIC. @throws SyntaxError or ZodError when it is something else */
export function parseReadNotice(json: string): ReadNotice {
  return noticeSchema.parse(JSON.parse(json));
}

export function encodeReadNotice({ positions }: ReadNotice): string {
  return JSON.stringify({ positions });
}

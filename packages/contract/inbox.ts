import { z } from 'zod';
import { ChatError } from './problem.ts';
import { decodeUtf8 } from './utf8.ts';

/** As much as the body of a POST may hold. */
export const INBOX_MAX_BYTES = 65_536;

/** The one lasting session on the broker in which chat takes the inbox in, whichever replica does. */
export const INBOX_CLIENT_ID = 'parley-inbox';

const text = z.string().min(1).max(128).optional().catch(undefined);
/** It becomes a key in the store, and not every store takes every text. */
const delivery = z
  .string()
  .regex(/^[\w-]{1,128}$/)
  .optional()
  .catch(undefined);

const spokenSchema = z.object({
  username: z.unknown().optional(),
  message: z.unknown().optional(),
  key: z.unknown().optional(),
  token: z.unknown().optional(),
  client: text,
  delivery,
  address: z.string().max(64).optional().catch(undefined),
  stamp: text,
  fault: z.enum(['malformed-json', 'invalid-encoding']).optional().catch(undefined),
});

/**
 * What a device says in `chat/inbox/<channel>`: the fields of a POST, `key` as an Idempotency-Key, and
 * `token`. Our own broker adds who sent it (`client`), which delivery it is (`delivery`), from
 * where it came (`address`, with the proof that the broker says so: `stamp`), and `fault` in place of
 * what it could not read.
 */
export type Spoken = z.infer<typeof spokenSchema>;

/**
 * Reads a message of the inbox; its fields are still to be checked.
 * @throws ChatError `body-too-large`, `invalid-encoding` or `malformed-json`
 */
export function parseSpoken(payload: Buffer): Spoken {
  const parsed = spokenSchema.safeParse(parseJson(payload));
  if (parsed.success) return parsed.data;
  throw malformed();
}

function parseJson(payload: Buffer): unknown {
  if (payload.length > INBOX_MAX_BYTES) {
    throw new ChatError('body-too-large', 'The message is over 64 KB; send less.');
  }
  const json = decodeUtf8(payload, 'The message');
  try {
    return JSON.parse(json);
  } catch {
    throw malformed();
  }
}

/** What a message is answered with that is no JSON object. */
export function malformed(): ChatError {
  return new ChatError(
    'malformed-json',
    'Send a JSON object: {"username", "message"}, with a "key" where it may be repeated.',
  );
}

/** What a message is answered with that the broker could not read. */
export function unread(fault: NonNullable<Spoken['fault']>): ChatError {
  if (fault === 'malformed-json') return malformed();
  return new ChatError(fault, 'The message is not valid UTF-8.');
}

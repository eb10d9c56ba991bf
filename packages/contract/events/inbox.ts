import { z } from 'zod';
import { parseKeepingData } from '../json-text.ts';
import { ChatError } from '../problem.ts';
import { decodeUtf8 } from '../utf8.ts';
import { pickDraft, type UncheckedDraft } from './draft.ts';

/** The limit for the body of a POST, too. */
export const INBOX_MAX_BYTES = 65_536;

/**
 * Client id of the persistent session in which chat reads the inbox from the broker; all replicas
 * of chat share it.
 */
export const INBOX_CLIENT_ID = 'parley-inbox';

const text = z.string().min(1).max(128).optional().catch(undefined);
/** The delivery becomes a key in the store, and not every store accepts every text. */
const delivery = z
  .string()
  .regex(/^[\w-]{1,128}$/)
  .optional()
  .catch(undefined);

/** The fields beside those of a draft. */
const inboxSchema = z.object({
  key: z.unknown().optional(),
  token: z.unknown().optional(),
  client: text,
  delivery,
  address: z.string().max(64).optional().catch(undefined),
  stamp: text,
  fault: z.enum(['malformed-json', 'invalid-encoding']).optional().catch(undefined),
});

/**
 * What a device sends on `chat/inbox/<channel>`, beside the fields of a POST: `key` as an
 * Idempotency-Key, and `token`. Our own broker adds the sender (`client`), the number of the delivery (`delivery`),
 * the device's address (`address`) and a proof that the broker wrote it (`stamp`). For a message
 * that the broker cannot read, `fault` says why.
 */
export type InboxSender = z.infer<typeof inboxSchema>;

/** A device's message or typed event, and who sent it. */
export interface InboxDraft extends InboxSender {
  /** The fields of a POST. Throws `invalid-event` for a field that is not known. */
  draft(): UncheckedDraft;
}

/**
 * Reads a message of the inbox; its fields are checked later.
 * @throws ChatError `body-too-large`, `invalid-encoding` or `malformed-json`
 */
export function parseInboxDraft(payload: Buffer): InboxDraft {
  const value = parseJson(payload);
  const parsed = inboxSchema.safeParse(value);
  if (!parsed.success) throw malformed();
  const fields = value as Record<string, unknown>;
  return { ...parsed.data, draft: () => pickDraft(fields, Object.keys(inboxSchema.shape)) };
}

function parseJson(payload: Buffer): unknown {
  if (payload.length > INBOX_MAX_BYTES) {
    throw new ChatError('body-too-large', 'The message is over 64 KB; send less.');
  }
  const json = decodeUtf8(payload, 'The message');
  try {
    return parseKeepingData(json);
  } catch {
    throw malformed();
  }
}

/** The answer to a message that is not a JSON object. */
export function malformed(): ChatError {
  return new ChatError(
    'malformed-json',
    'Send a JSON object: {"username", "message"} or {"type", "data"}, and a "key" if you may repeat it.',
  );
}

/** The answer to a message that the broker could not read. */
export function unread(fault: NonNullable<InboxDraft['fault']>): ChatError {
  if (fault === 'malformed-json') return malformed();
  return new ChatError(fault, 'The message is not valid UTF-8.');
}

import type { JsonText } from '../json-text.ts';
import { ChatError } from '../problem.ts';

/** The fields of a message or of a typed event as a client sends them. */
export interface UncheckedDraft {
  username?: unknown;
  message?: unknown;
  type?: unknown;
  data?: JsonText | undefined;
}

/** The fields of a draft. `msg` is accepted in place of `message`: widely used clients send it. */
const FIELDS = ['username', 'message', 'msg', 'type', 'data'];

/**
 * Picks the fields of a draft from a JSON object, whose `data` is a `JsonText`. `more` are the
 * further fields that the object may have.
 * @throws ChatError `invalid-event` that names a field which is not known
 */
export function pickDraft(fields: Record<string, unknown>, more: string[] = []): UncheckedDraft {
  const unknown = Object.keys(fields).find(
    (name) => !FIELDS.includes(name) && !more.includes(name),
  );
  if (unknown !== undefined) throw unknownField(unknown);
  const { username, message, msg, type, data } = fields;
  const draft: UncheckedDraft = { username, message: message ?? msg };
  if (type !== undefined) draft.type = type;
  if (data !== undefined) draft.data = data as JsonText;
  return draft;
}

function unknownField(name: string): ChatError {
  const hint =
    name === 'key'
      ? 'the key goes into the header Idempotency-Key'
      : 'send your own fields inside "data"';
  return new ChatError('invalid-event', `"${name.slice(0, 64)}" is not a known field; ${hint}.`);
}

import type { JsonText } from '../json-text.ts';
import { ChatError } from '../problem.ts';

/** The fields of a message or of a typed event as a client sends them. */
export interface UncheckedDraft {
  username?: unknown;
  message?: unknown;
  type?: unknown;
  data?: JsonText | undefined;
  /** The seq of the message that this one replies to. */
  replyTo?: unknown;
  /** False for a signal, which is not stored. */
  store?: unknown;
}

/** The fields of a draft. `msg` is accepted in place of `message`: widely used clients send it. */
const FIELDS = ['username', 'message', 'msg', 'type', 'data', 'replyTo', 'store'];

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
  const { username, message, msg, type, data, replyTo, store } = fields;
  const draft: UncheckedDraft = { username, message: message === undefined ? msg : message };
  if (type !== undefined) draft.type = type;
  if (data !== undefined) draft.data = data as JsonText;
  if (replyTo !== undefined) draft.replyTo = replyTo;
  if (store !== undefined) draft.store = store;
  return draft;
}

/** True for a draft of a signal. @throws ChatError `invalid-event` when `store` is no boolean */
export function isSignalDraft({ store }: UncheckedDraft): boolean {
  if (store === undefined || typeof store === 'boolean') return store === false;
  throw new ChatError('invalid-event', 'store may only be true or false.');
}

function unknownField(name: string): ChatError {
  const hint =
    name === 'key'
      ? 'the key goes into the header Idempotency-Key'
      : 'send your own fields inside "data"';
  return new ChatError('invalid-event', `"${name.slice(0, 64)}" is not a known field; ${hint}.`);
}

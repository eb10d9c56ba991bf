import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pickDraft, type UncheckedDraft } from '@parley/contract/events/draft.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import {
  contentTypeOf,
  FORM,
  JSON_TYPE,
  LOOKS_LIKE_JSON,
  parseBodyFields,
  parseFieldlessForm,
} from '@parley/kit/http/body-fields.ts';

const TEXT = 'text/plain';

/** The name of a message that is sent without a name, as the body `disk full` of `curl -d`. */
const GUEST = 'guest';

/** The query of a request, and the name of its identity; undefined where any name may be used. */
interface BodySender {
  query: UncheckedDraft;
  name: string | undefined;
}

/**
 * Reads a draft from a body: a form, JSON, or plain text (then the text is the message
 * and `username` comes from the query). Only JSON can carry a typed event and data. A form without
 * a field is the message itself, by the identity's name or else by `guest`.
 * @throws ChatError `unsupported-media-type`, `invalid-encoding`, `malformed-json` or
 * `invalid-event`
 */
export function parseMessageBody(
  body: Buffer,
  headers: IncomingHttpHeaders,
  { query, name }: BodySender,
): UncheckedDraft {
  const type = contentTypeOf(headers);
  if (type === TEXT) return { username: query.username, message: decodeUtf8(body, 'The body') };
  const bare = type === FORM ? parseFieldlessForm(body) : undefined;
  if (bare !== undefined) return { username: name ?? GUEST, message: bare };
  const fields = parseBodyFields(body, type, [TEXT]);
  if (type === JSON_TYPE) return pickDraft(fields);
  const { username, message, msg, replyTo } = fields;
  return {
    username,
    message: message ?? msg,
    ...(replyTo !== undefined && { replyTo: numberOf(replyTo) }),
  };
}

/** The number that a form's field holds; the field itself if it is none. */
function numberOf(field: unknown): unknown {
  return typeof field === 'string' && /^[1-9]\d{0,14}$/.test(field) ? Number(field) : field;
}

/**
 * Refuses a body that was sent with the wrong type, and says what to send. Such a body is a form
 * without the fields of a message, which `curl -d` makes of a plain text with a "=", or a plain text
 * without a name.
 * @throws ChatError `malformed-request` or `invalid-username`
 */
export function requireFields(
  { username, message, type: eventType }: UncheckedDraft,
  { headers }: IncomingMessage,
): void {
  if (username !== undefined || eventType !== undefined) return;
  const type = headers['content-type']?.toLowerCase() ?? '';
  if (message === undefined && type.startsWith('application/x-www-form-urlencoded')) {
    throw new ChatError(
      'malformed-request',
      'The body is a form without the fields username and message: send username=…&message=…; or a plain text with "Content-Type: text/plain" and ?username=… in the address; or JSON with "Content-Type: application/json".',
    );
  }
  if (message !== undefined && type.startsWith('text/plain')) {
    const isJson = LOOKS_LIKE_JSON.test(String(message));
    throw new ChatError(
      'invalid-username',
      `The username is missing; with a plain text it goes into the address: ?username=….${isJson ? ' JSON is sent with "Content-Type: application/json".' : ''}`,
    );
  }
}

import type { IncomingHttpHeaders } from 'node:http';
import { parseBodyFields, parseText } from './body-fields.ts';

/** The fields of a posted message before they are checked. */
export interface Fields {
  username?: unknown;
  message?: unknown;
}

/**
 * Reads a message's fields from a body: a form, JSON, or plain text (then the text is the message
 * and `username` comes from the query).
 * @throws ChatError `unsupported-media-type`, `invalid-encoding` or `malformed-json`
 */
export function parseMessageBody(
  body: Buffer,
  headers: IncomingHttpHeaders,
  query: Fields,
): Fields {
  const text = parseText(body, headers);
  if (text !== undefined) return { username: query.username, message: text };
  return named(parseBodyFields(body, headers, ['text/plain']));
}

/** `msg` is accepted for `message`, since widely used clients call it so. */
function named(fields: Record<string, unknown>): Fields {
  return { username: fields.username, message: fields.message ?? fields.msg };
}

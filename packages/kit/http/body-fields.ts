import type { IncomingHttpHeaders } from 'node:http';
import { parseKeepingData } from '@parley/contract/json-text.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';

/** No form begins like this, but `curl -d` sends JSON as a form unless a Content-Type is given. */
export const LOOKS_LIKE_JSON = /^\s*[[{]/;

export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/**
 * Reads named fields from a body of a content type: a form or JSON. `more` are further types that the
 * route accepts.
 * @throws ChatError `unsupported-media-type`, `invalid-encoding` or `malformed-json`
 */
export function parseBodyFields(
  body: Buffer,
  type: string,
  more: string[] = [],
): Record<string, unknown> {
  if (type === FORM) return parseForm(decodeUtf8(body, 'The body'));
  if (type === JSON_TYPE) return parseJsonObject(decodeUtf8(body, 'The body'));
  const types = [FORM, JSON_TYPE, ...more];
  throw new ChatError(
    'unsupported-media-type',
    `Send ${types.slice(0, -1).join(', ')} or ${types.at(-1)}.`,
  );
}

/**
 * Reads a body that is a JSON object.
 * @throws ChatError `unsupported-media-type`, `invalid-encoding` or `malformed-json`
 */
export function parseJsonBody(body: Buffer, headers: IncomingHttpHeaders): Record<string, unknown> {
  if (contentTypeOf(headers) === JSON_TYPE) return parseJsonObject(decodeUtf8(body, 'The body'));
  throw new ChatError('unsupported-media-type', 'Send application/json.');
}

/**
 * Reads a form that has no field, which `curl -d` makes of a plain text: the text as it was sent,
 * without decoding. Undefined for an empty body and for a body that has a "=" or looks like JSON.
 * @throws ChatError `invalid-encoding`
 */
export function parseFieldlessForm(body: Buffer): string | undefined {
  const text = decodeUtf8(body, 'The body');
  return text === '' || text.includes('=') || LOOKS_LIKE_JSON.test(text) ? undefined : text;
}

/**
 * The type in a Content-Type, in lower case; empty without one.
 * @throws ChatError `unsupported-media-type` for a charset other than UTF-8
 */
export function contentTypeOf(headers: IncomingHttpHeaders): string {
  const { type, charset } = parseContentType(headers['content-type'] ?? '');
  if (charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') return type;
  throw new ChatError('unsupported-media-type', 'Send UTF-8; no other charset is read.');
}

function parseContentType(header: string): { type: string; charset: string } {
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return {
    type: type.trim(),
    charset: charset?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8',
  };
}

/**
 * Reads a JSON object. `what` begins the sentence for a client, such as "The body".
 * @throws ChatError `malformed-json`
 */
export function parseJsonObject(text: string, what = 'The body'): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseKeepingData(text);
  } catch {
    throw new ChatError('malformed-json', `${what} is not valid JSON.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ChatError(
    'malformed-json',
    `${what} is not a JSON object; send one such as {"username": "ada"}.`,
  );
}

/**
 * Parses a form as WHATWG URL section 5.1 says, with two differences: broken percent-encoding is
 * refused, and CR LF becomes a newline, as does CR alone. A browser makes CR LF of every newline in
 * a form (WHATWG HTML, section 4.10.22.6).
 */
function parseForm(text: string): Record<string, string> {
  if (LOOKS_LIKE_JSON.test(text)) {
    throw new ChatError(
      'unsupported-media-type',
      'The body looks like JSON but is sent as a form; send it with "Content-Type: application/json".',
    );
  }
  const pairs = text.split('&').map((pair) => {
    const [name = '', ...rest] = pair.split('=');
    return [decodeFormText(name), decodeFormText(rest.join('='))];
  });
  return Object.fromEntries(pairs);
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')).replace(/\r\n?/g, '\n');
  } catch {
    throw new ChatError('invalid-encoding', 'The form holds percent-encoding that is not UTF-8.');
  }
}

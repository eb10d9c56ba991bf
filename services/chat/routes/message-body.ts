import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

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
  const { type, charset } = parseContentType(headers['content-type'] ?? '');
  if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new ChatError('unsupported-media-type', 'Send UTF-8; no other charset is read.');
  }
  switch (type) {
    case 'application/x-www-form-urlencoded':
      return named(parseForm(decode(body)));
    case 'application/json':
      return named(parseJsonObject(decode(body)));
    case 'text/plain':
      return { username: query.username, message: decode(body) };
    default:
      throw new ChatError(
        'unsupported-media-type',
        'Send application/x-www-form-urlencoded, application/json or text/plain.',
      );
  }
}

function parseContentType(header: string): { type: string; charset: string } {
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return {
    type: type.trim(),
    charset: charset?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8',
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ChatError('invalid-encoding', 'The body is not valid UTF-8.');
  }
}

function parseJsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ChatError('malformed-json', 'The body is not valid JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ChatError(
    'malformed-json',
    'The body is no JSON object; send {"username", "message"}.',
  );
}

/**
 * The form of WHATWG URL section 5.1, except that broken percent-encoding is refused, and that the
 * CR LF which a browser makes of every newline in a form (WHATWG HTML, section 4.10.22.6) is one
 * newline again.
 */
function parseForm(text: string): Record<string, string> {
  const pairs = text.split('&').map((pair) => {
    const [name = '', ...rest] = pair.split('=');
    return [decodeFormText(name), decodeFormText(rest.join('='))];
  });
  return Object.fromEntries(pairs);
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')).replaceAll('\r\n', '\n');
  } catch {
    throw new ChatError('invalid-encoding', 'The form holds percent-encoding that is not UTF-8.');
  }
}

/** `msg` is accepted for `message`, since widely used clients call it so. */
function named(fields: Record<string, unknown>): Fields {
  return { username: fields.username, message: fields.message ?? fields.msg };
}

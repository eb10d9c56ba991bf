import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';

const FORM = 'application/x-www-form-urlencoded';
const LOOKS_LIKE_JSON = /^\s*[[{]/;

/** The request of a sender. */
export interface Delivery {
  headers: IncomingHttpHeaders;
  /** The bytes of the body, which a signature covers. */
  body: Buffer;
  text: string;
  /** The fields of a form; undefined for any other body, and for a form without a "=". */
  form: URLSearchParams | undefined;
  /** The JSON value of the body, or of the field `payload` of a form; undefined where there is none. */
  json: unknown;
}

/**
 * Reads a delivery. Senders label their bodies in many ways, so JSON is JSON under each Content-Type.
 * @throws ChatError `invalid-encoding`, `unsupported-media-type` or `malformed-json`
 */
export function readDelivery(headers: IncomingHttpHeaders, body: Buffer): Delivery {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('multipart/')) {
    throw new ChatError('unsupported-media-type', 'Send text, JSON or a form, not multipart.');
  }
  const text = decodeUtf8(body, 'The body');
  const form = formOf(type, text);
  const document = form?.get('payload') ?? (form ? undefined : text);
  return { headers, body, text, form, json: jsonOf(document, isJson(type)) };
}

function formOf(type: string, text: string): URLSearchParams | undefined {
  const isForm = type === FORM && text.includes('=') && !LOOKS_LIKE_JSON.test(text);
  return isForm ? new URLSearchParams(text) : undefined;
}

function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json');
}

function jsonOf(document: string | undefined, isRequired: boolean): unknown {
  if (document === undefined || !(isRequired || LOOKS_LIKE_JSON.test(document))) return undefined;
  try {
    return JSON.parse(document);
  } catch {
    if (!isRequired) return undefined;
    throw new ChatError('malformed-json', 'The body is not valid JSON.');
  }
}

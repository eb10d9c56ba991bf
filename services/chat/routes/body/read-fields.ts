import type { IncomingMessage } from 'node:http';
import { contentTypeOf, parseBodyFields } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';

/** Reads the fields of a body, JSON or a form. @throws ChatError that says what is wrong with it */
export async function readFields(request: IncomingMessage): Promise<Record<string, unknown>> {
  return parseBodyFields(await readBody(request), contentTypeOf(request.headers));
}

/** The same, where a request may have no body. */
export async function readOptionalFields(
  request: IncomingMessage,
): Promise<Record<string, unknown>> {
  const body = await readBody(request);
  return body.length === 0 ? {} : parseBodyFields(body, contentTypeOf(request.headers));
}

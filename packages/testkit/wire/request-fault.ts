import type { Documents, Place } from './documents.ts';
import type { Match } from './http-contract.ts';

/** A request on the wire. */
export interface SentRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: Map<string, string>;
  body: Buffer;
  /** Whether its whole body arrived. */
  complete: boolean;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
}

/** The difference between a request and its operation; undefined if there is none. */
export function requestFault(
  documents: Documents,
  match: Match,
  request: SentRequest,
): string | undefined {
  for (const place of match.parameters) {
    const fault = parameterFault(documents, documents.follow(place), match, request);
    if (fault !== undefined) return fault;
  }
  return bodyFault(documents, match, request);
}

function parameterFault(
  documents: Documents,
  parameter: Place,
  { variables }: Match,
  { target, headers }: SentRequest,
): string | undefined {
  const { name, in: where, required } = parameter.value as Parameter;
  const [, encoded = ''] = target.split('?');
  if (where === 'query' && !isEncoded(encoded)) return 'the query is not UTF-8';
  const query = new URLSearchParams(encoded);
  const texts = {
    path: () => [decoded(variables[name] ?? '')],
    query: () => query.getAll(name),
    header: () => [headers.get(name.toLowerCase())].filter((value) => value !== undefined),
  }[where]();
  if (texts.length === 0) return required ? `${where} ${name} is missing` : undefined;
  const schema = documents.under(parameter, 'schema') as Place;
  const fault = documents.fault(schema, typed(documents, schema, texts), 'client');
  return fault && `${where} ${name}: ${fault}`;
}

/** A parameter's text as the type of its schema; the text itself if it does not parse. */
function typed(documents: Documents, schema: Place, texts: (string | undefined)[]): unknown {
  const { type } = documents.follow(schema).value as { type?: string };
  if (type === 'array') return texts;
  if (texts.length > 1) return texts;
  const [text = ''] = texts;
  return type === 'integer' && /^\d+$/.test(text) ? Number(text) : text;
}

function bodyFault(
  documents: Documents,
  { operation }: Match,
  { headers, body }: SentRequest,
): string | undefined {
  const described = operation && documents.under(operation, 'requestBody');
  if (!described) return body.length > 0 ? 'it has a body' : undefined;
  const { required } = documents.follow(described).value as { required?: boolean };
  if (!required && body.length === 0) return undefined;
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const media = documents.under(described, 'content', type.trim());
  if (!media) return `its type is "${type}"`;
  const charset = /charset="?([^";]+)/.exec(parameters.join(';'))?.[1] ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) return `its charset is ${charset}`;
  if (headers.has('content-encoding')) return 'it has a Content-Encoding';
  // Each line of a batch is compared with its own answer (batch-faults.ts).
  if (type.trim() === 'application/x-ndjson') return undefined;
  const schema = documents.under(media, 'schema') as Place;
  return valueFault(documents, schema, headers, () => parseBody(type.trim(), body));
}

/** The difference between what a request has and a schema; undefined if there is none. */
export function valueFault(
  documents: Documents,
  schema: Place,
  headers: SentRequest['headers'],
  parse: () => unknown,
): string | undefined {
  try {
    const value = parse();
    const fault = documents.fault(schema, value, 'client');
    if (fault !== undefined) return `body: ${fault}`;
    const known = headers.has('authorization') || headers.has('cookie');
    return known ? undefined : missingFault(documents, schema, value);
  } catch (error) {
    return `body: ${(error as Error).message}`;
  }
}

/**
 * A field that only the bearer of a token may leave out, which JSON Schema cannot express. Of a schema
 * with alternatives, the one counts that the value has.
 */
export function missingFault(
  documents: Documents,
  schema: Place,
  value: unknown,
): string | undefined {
  const alternative = documents
    .entries(documents.under(schema, 'oneOf'))
    .find(([, place]) => documents.fault(place, value, 'client') === undefined);
  if (alternative) return missingFault(documents, alternative[1], value);
  const { 'x-required-without-token': required = [] } = documents.follow(schema).value as {
    'x-required-without-token'?: string[];
  };
  const missing = required.find((name) => !Object.hasOwn(Object(value), name));
  return missing && `body: it has no ${missing}, and there is no token`;
}

/** Parses a body by its type. @throws Error when it is not of that type */
export function parseBody(type: string, body: Buffer): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  if (type === 'application/json') return JSON.parse(text);
  return type === 'text/plain' || isBare(text) ? text : parseForm(text);
}

/** True for a form without any field: chat takes it as the text of a message. */
function isBare(form: string): boolean {
  return form !== '' && !form.includes('=');
}

function parseForm(text: string): Record<string, string> {
  const decode = (part: string) =>
    decodeURIComponent(part.replaceAll('+', ' ')).replace(/\r\n?/g, '\n');
  return Object.fromEntries(
    text.split('&').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decode(name), decode(value.join('='))];
    }),
  );
}

/** Whether percent-encoded text is UTF-8. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The variable's text; if it cannot be decoded, a text that no schema accepts. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

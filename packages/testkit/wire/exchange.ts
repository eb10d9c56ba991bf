import { admissionFaults, NDJSON } from './admission-faults.ts';
import type { Place } from './documents.ts';
import type { HttpContract, Match } from './http-contract.ts';
import type { SentRequest } from './request-fault.ts';

/** An answer on the wire. */
export interface SentResponse {
  status: number;
  headers: Map<string, string>;
  /** Empty for a stream, whose events are checked as they arrive. */
  body: Buffer;
  complete: boolean;
}

/**
 * Headers of HTTP itself and of a representation (RFC 9110 section 8, RFC 9112), which APIs do not
 * describe individually.
 */
const GENERAL = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'vary',
  'connection',
  'content-length',
  'content-type',
  'date',
  'etag',
  'keep-alive',
  'last-modified',
  'transfer-encoding',
]);
/**
 * The differences between an exchange and openapi.yaml, one line each; `request` is undefined if it
 * could not be read.
 */
export function exchangeFaults(
  contract: HttpContract,
  request: SentRequest | undefined,
  response: SentResponse,
): string[] {
  const path = request?.target.split('?', 1)[0] ?? '';
  const match = request ? contract.match(request.method, path) : contract.unread();
  const { documents } = contract;
  const described = documents.under(match.responses, String(response.status));
  const name = `${request ? `${request.method} ${request.target}` : 'unread request'} -> ${response.status}`;
  if (!described) return [`${name}: the status is not described`];
  return [
    ...headerFaults(contract, described, response),
    ...allowFaults(match, response),
    ...contentFaults(contract, described, response, request?.method === 'HEAD'),
    ...(request ? admissionFaults(contract, match, request, response) : []),
  ].map((fault) => `${name}: ${fault}`);
}

function headerFaults(
  { documents }: HttpContract,
  described: Place,
  { headers }: SentResponse,
): string[] {
  const known = new Map(
    [
      ...documents.entries(documents.find('openapi.yaml', 'x-security-headers')),
      ...documents.entries(documents.under(described, 'headers')),
    ].map(([name, header]) => [name.toLowerCase(), documents.follow(header)]),
  );
  const strangers = [...headers.keys()].filter((name) => !GENERAL.has(name) && !known.has(name));
  const faults = [...known].map(([name, header]) => {
    const value = headers.get(name);
    const { required } = header.value as { required?: boolean };
    if (value === undefined) return required && `header ${name} is missing`;
    const schema = documents.under(header, 'schema') as Place;
    const { type } = documents.follow(schema).value as { type?: string };
    const fault = documents.fault(schema, type === 'integer' ? Number(value) : value, 'parley');
    return fault && `header ${name}: ${fault}`;
  });
  return [
    ...strangers.map((name) => `header ${name} is not described`),
    ...faults.filter((fault) => typeof fault === 'string'),
  ];
}

function allowFaults({ methods }: Match, { status, headers }: SentResponse): string[] {
  if (!headers.has('allow') && status !== 405) return [];
  if (methods.length === 0) return [];
  const allow = headers.get('allow')?.split(', ').sort().join(', ');
  const described = [...methods].sort().join(', ');
  return allow === described ? [] : [`Allow is ${allow}, but ${described} are described`];
}

function contentFaults(
  { documents }: HttpContract,
  described: Place,
  { headers, body, complete }: SentResponse,
  headOnly: boolean,
): string[] {
  const type = headers.get('content-type')?.split(';', 1)[0]?.toLowerCase();
  const content = documents.under(described, 'content');
  if (!content) return body.length > 0 ? ['a body is not described'] : [];
  const media = type && documents.under(content, type);
  if (!media) return [`content type ${type} is not described`];
  if (headOnly || !complete || type === 'text/event-stream') return [];
  const schema = documents.under(media, 'schema') as Place;
  return valuesOf(type, body.toString()).flatMap((value) => {
    const fault = documents.fault(schema, value, 'parley');
    return fault === undefined ? [] : [`body: ${fault}`];
  });
}

/** The values in a body: lines of JSON, one JSON value, or text. */
function valuesOf(type: string, text: string): unknown[] {
  if (!type.endsWith('json')) return [text];
  const parts = type === NDJSON ? text.split('\n').filter(Boolean) : [text];
  return parts.map((part) => JSON.parse(part));
}

import type { Documents, Place } from './documents.ts';
import type { HttpContract, Match } from './http-contract.ts';
import { parseBody, requestFault, type SentRequest, valueFault } from './request-fault.ts';

/**
 * Codes of refusals that no schema can express: reserved names, used keys, simultaneous requests,
 * common passwords, addresses of hooks.
 */
const BEYOND_SCHEMAS = new Set([
  'reserved-channel',
  'idempotency-mismatch',
  'malformed-request',
  'invalid-password',
  'invalid-hook',
]);
export const NDJSON = 'application/x-ndjson';
const REFUSALS = new Set([400, 415, 422]);

const MISLEADING = /direction of text|invisible character|that can be seen;|letters in one word/;

/** A documented request must be accepted, and any other refused. */
export function admissionFaults(
  contract: HttpContract,
  match: Match,
  request: SentRequest,
  { status, body, complete }: { status: number; body: Buffer; complete: boolean },
): string[] {
  if (!match.operation || !request.complete) return [];
  // No schema describes a body of any type.
  if (contract.documents.under(match.operation, 'requestBody', 'content', '*/*')) return [];
  const fault = requestFault(contract.documents, match, request);
  if (fault === undefined && status === 200 && isBatch(request)) {
    return complete ? batchFaults(contract.documents, match, { request, body }) : [];
  }
  const isProblem = REFUSALS.has(status) && body.length > 0;
  if (status >= 300 && !isProblem) return [];
  const problem = isProblem ? JSON.parse(body.toString()) : {};
  return judge(request, fault, { ...problem, status });
}

/** The lines of a batch and of its answer: one each, and each described line must be accepted. */
function batchFaults(
  documents: Documents,
  { operation }: Match,
  { request, body }: { request: SentRequest; body: Buffer },
): string[] {
  const [sent, answered] = [splitLines(request.body), splitLines(body)];
  if (sent.length !== answered.length)
    return [`${sent.length} lines are answered by ${answered.length}`];
  const schema = documents.under(
    operation as Place,
    'requestBody',
    'content',
    NDJSON,
    'schema',
  ) as Place;
  return sent.flatMap((line, i) => {
    const parse = () => parseBody('application/json', line);
    const fault = valueFault(documents, schema, request.headers, parse);
    return judge(request, fault, JSON.parse(String(answered[i]))).map(
      (text) => `line ${i + 1}: ${text}`,
    );
  });
}

function splitLines(body: Buffer): Buffer[] {
  const lines = body.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => Buffer.from(line, 'latin1'));
}

function isBatch({ method, headers }: SentRequest): boolean {
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  return method === 'POST' && type === NDJSON;
}

/** The answer to a request or to a line: its status, and its problem if it has one. */
interface Judged {
  status: number;
  code?: string;
  detail?: string;
}

/** The faults of an answer, by the fault of its request. */
export function judge(
  request: Pick<SentRequest, 'headers' | 'target'>,
  fault: string | undefined,
  { status, code = '', detail = '' }: Judged,
): string[] {
  if (status < 300) return fault === undefined ? [] : [`accepted, though ${fault}`];
  if (fault !== undefined || !REFUSALS.has(status)) return [];
  // No schema can express how a name looks.
  if (code === 'invalid-username' && MISLEADING.test(detail)) return [];
  // No schema can express whom a cookie names, and whether the cookie is still valid.
  if (code === 'invalid-username' && request.headers.has('cookie')) return [];
  // No schema can express that a seq is that of a message.
  if (code === 'invalid-reply' && detail.startsWith('Only a message')) return [];
  // No schema can express how many channels a pattern matches.
  if (code === 'too-many-channels' && request.target.includes('*')) return [];
  // A token may give the name of a plain text, so the query need not.
  const isText = request.headers.get('content-type')?.toLowerCase().startsWith('text/plain');
  if (code === 'invalid-username' && isText && !request.target.includes('username=')) return [];
  return BEYOND_SCHEMAS.has(code) ? [] : [`refused as ${code}, though it is as described`];
}

import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { FailureReason } from '../metrics.ts';
import { AddressRefused, type Connections } from './connections.ts';

/** What a receiver did with an event. */
export type Outcome =
  | { result: 'accepted' }
  /** The receiver answered 410: it wants no event any more. */
  | { result: 'gone' }
  | { result: 'failed'; reason: FailureReason; text: string; retryAfterMs: number };

export interface Delivery {
  url: URL;
  body: string;
  headers: Record<string, string>;
  /** Ends the request. */
  signal: AbortSignal;
}

/** From the first byte to the end of the answer's headers. */
const ANSWER_LIMIT_MS = 15_000;
/** The rest of an answer is read, so that the connection can be used again, up to these limits. */
const REST_LIMIT_MS = 1_000;
const REST_BYTES = 65_536;

/** Posts an event once. A redirect is not followed: it counts as a failure. Never rejects. */
export async function send(delivery: Delivery, connections: Connections): Promise<Outcome> {
  try {
    return await post(delivery, connections);
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
}

class TimedOut extends Error {}
/** The receiver had closed an idle connection at the moment of its next use. */
class Stale extends Error {}

async function post(delivery: Delivery, connections: Connections): Promise<Outcome> {
  for (;;) {
    try {
      const response = await ask(delivery, connections);
      await readRest(response);
      return outcomeOf(response);
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    }
  }
}

function ask({ url, body, headers, signal }: Delivery, connections: Connections) {
  const agent = connections.agentFor(url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Parley',
        ...headers,
      },
    });
    const limit = setTimeout(() => sent.destroy(new TimedOut()), ANSWER_LIMIT_MS);
    sent.on('response', resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      reject(sent.reusedSocket && error.code === 'ECONNRESET' ? new Stale() : error);
    });
    sent.on('close', () => {
      clearTimeout(limit);
      reject(new Error('the connection was closed without an answer'));
    });
    sent.on('response', () => clearTimeout(limit));
    sent.end(body);
  });
}

/** Reads and discards the rest of an answer, and closes the connection where that is too much. */
function readRest(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const limit = setTimeout(() => response.destroy(), REST_LIMIT_MS);
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > REST_BYTES) response.destroy();
    });
    // The status is known already.
    response.on('error', () => undefined);
    response.on('close', () => {
      clearTimeout(limit);
      resolve();
    });
  });
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage): Outcome {
  if (status >= 200 && status < 300) return { result: 'accepted' };
  if (status === 410) return { result: 'gone' };
  const text =
    status >= 300 && status < 400
      ? `answered ${status}; redirects are not followed`
      : `answered ${status}`;
  const retryAfterMs = parseRetryAfter(headers['retry-after']);
  return { result: 'failed', reason: 'status', text, retryAfterMs };
}

/** Seconds or a date (RFC 9110 section 10.2.3), as milliseconds from now; 0 without either. */
function parseRetryAfter(value = ''): number {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}

function failureOf(error: NodeJS.ErrnoException): Outcome {
  const failed = (reason: FailureReason, text: string): Outcome => ({
    result: 'failed',
    reason,
    text: text.slice(0, TEXT_MAX),
    retryAfterMs: 0,
  });
  if (error instanceof AddressRefused) return failed('address', error.message);
  if (error instanceof TimedOut)
    return failed('timeout', `no answer within ${ANSWER_LIMIT_MS / 1000} s`);
  // Where each of several addresses fails, the message is empty.
  return failed('connection', error.message || String(error.code ?? 'no connection'));
}

/** Most characters of a reason that is kept. */
const TEXT_MAX = 200;

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';
import { addAbortSignal } from 'node:stream';
import { authorities } from './handshake.ts';
import type { Visit } from './verdict.ts';

const ANSWER_LIMIT_MS = 15_000;
/** The answers that the checks need are shorter. */
const BODY_LIMIT_CHARACTERS = 65_536;

/** A complete answer. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** When the request was sent and when the answer began, in milliseconds since 1970. */
  askedAt: number;
  answeredAt: number;
}

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** How long the beginning of the answer may take, and then the rest, if the rest is read. */
  limitMs?: number;
}

/**
 * Sends a request over HTTP/1.1 on its own connection; resolves with the head of the answer.
 * Rejects when no answer comes in time.
 */
export function begin(visit: Visit, path: string, call: Call = {}): Promise<IncomingMessage> {
  const { body, limitMs = ANSWER_LIMIT_MS } = call;
  const options = { ...optionsOf(visit, call), agent: false };
  return new Promise((resolve, reject) => {
    const make = visit.url.protocol === 'https:' ? tlsRequest : plainRequest;
    const request = make(new URL(path, visit.url), options);
    const limit = setTimeout(
      () => request.destroy(new Error(`no answer within ${limitMs / 1000} s`)),
      limitMs,
    );
    const begun = (answer: IncomingMessage) => {
      clearTimeout(limit);
      resolve(answer);
    };
    request.on('response', begun);
    request.on('upgrade', (answer, socket) => {
      socket.destroy();
      begun(answer);
    });
    request.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    request.end(body);
  });
}

/** Only the certificate check checks certificates, unless a token has to be kept secret. */
function optionsOf(visit: Visit, { method = 'GET', headers = {} }: Call): RequestOptions {
  const { token, insecure } = visit;
  if (token === undefined) return { method, headers, rejectUnauthorized: false };
  return {
    method,
    headers: { Authorization: `Bearer ${token}`, ...headers },
    rejectUnauthorized: !insecure,
    ca: authorities(visit),
  };
}

/** Sends a request and reads the answer. */
export async function ask(visit: Visit, path: string, call: Call = {}): Promise<Answer> {
  const { limitMs = ANSWER_LIMIT_MS } = call;
  const askedAt = Date.now();
  const answer = await begin(visit, path, call);
  const answeredAt = Date.now();
  const { statusCode: status = 0, headers } = answer;
  return { status, headers, body: await readBody(answer, limitMs), askedAt, answeredAt };
}

/** Reads a body, or the beginning of one that is too long. Rejects when it does not end in time. */
export async function readBody(
  answer: IncomingMessage,
  limitMs = ANSWER_LIMIT_MS,
): Promise<string> {
  const limit = AbortSignal.timeout(limitMs);
  let body = '';
  try {
    for await (const piece of addAbortSignal(limit, answer).setEncoding('utf8')) {
      body += piece;
      if (body.length > BODY_LIMIT_CHARACTERS) break;
    }
  } catch (error) {
    throw limit.aborted ? new Error(`no end of the answer within ${limitMs / 1000} s`) : error;
  }
  return body;
}

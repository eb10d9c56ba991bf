import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

const ANSWER_LIMIT_MS = 15_000;

/** A whole answer. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** When it was asked for and when it began, in milliseconds since 1970. */
  askedAt: number;
  answeredAt: number;
}

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** How long the answer's beginning may take. */
  limitMs?: number;
}

/**
 * Begins a request over HTTP/1.1 on a connection of its own; resolves with the head of the answer.
 * Certificates are the certificate check's concern, not that of the others. Rejects when nothing
 * answers in time.
 */
export function begin(url: URL, call: Call = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, limitMs = ANSWER_LIMIT_MS } = call;
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    method,
    headers,
    agent: false,
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const make = url.protocol === 'https:' ? tlsRequest : plainRequest;
    const request = make(url, options);
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

/** Makes a request and reads the whole answer. */
export async function ask(url: URL, call: Call = {}): Promise<Answer> {
  const askedAt = Date.now();
  const answer = await begin(url, call);
  const answeredAt = Date.now();
  const { statusCode: status = 0, headers } = answer;
  return { status, headers, body: await text(answer), askedAt, answeredAt };
}

import type { Problem } from '@parley/contract/problem.ts';

/** The server refused the request or failed; `message` is the server's explanation. */
export class AnswerError extends Error {
  readonly status: number;
  /** The problem's stable code, if the answer had one. */
  readonly code: string | undefined;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.name = 'AnswerError';
    this.status = status;
    this.code = problem.code;
  }
}

/** True when the server has decided; false for a failure that may pass: no answer, 5xx, 429. */
export function isDecision(error: unknown): error is AnswerError {
  return error instanceof AnswerError && error.status < 500 && error.status !== 429;
}

/**
 * Gets a JSON document. @throws AnswerError for a status other than 2xx, TypeError for no answer
 */
export async function requestJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const headers = { accept: 'application/json' };
  const response = await fetch(url, { headers, ...(signal && { signal }) });
  if (!response.ok) throw await answerError(response);
  return (await response.json()) as T;
}

/**
 * Sends a JSON document and returns the JSON answer; `undefined` if there is none. @throws
 * AnswerError for a status other than 2xx, TypeError for no answer
 */
export async function sendJson<T>(method: string, url: string, body?: unknown): Promise<T> {
  const response = await send(method, url, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Sends a JSON document. @throws like `sendJson` */
export async function send(method: string, url: string, body?: unknown): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await answerError(response);
  return response;
}

/** The error in a refusal (RFC 9457), else its status. */
export async function answerError(response: Response): Promise<AnswerError> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  return new AnswerError(response.status, problem);
}

/** What a reader is shown when a request has failed. */
export function faultText(error: unknown): string {
  return error instanceof AnswerError ? error.message : 'The server did not answer. Try again.';
}

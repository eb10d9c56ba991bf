import type { Problem } from '@parley/contract/problem.ts';

/** The server answered, but not with what was asked for; `message` is its own explanation. */
export class AnswerError extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.name = 'AnswerError';
    this.status = status;
  }
}

/** Gets a JSON document. @throws AnswerError for a status other than 2xx, TypeError for no answer */
export async function requestJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new AnswerError(response.status, await problemDetail(response));
  return (await response.json()) as T;
}

/** What a refusal says: the problem document's `detail` (RFC 9457), else the status. */
export async function problemDetail(response: Response): Promise<string> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  return problem.detail ?? `The server answered ${response.status}.`;
}

/**
 * A refusal by Parley (an `application/problem+json` of RFC 9457) or, with status 0, no answer.
 * `code` is stable, such as `forbidden` or `too-many-requests`; docs/api.md lists all.
 */
export class ParleyError extends Error {
  override name = 'ParleyError';
  declare readonly status: number;
  declare readonly code: string;
  /** Milliseconds after which to try again, if the answer names them. */
  declare readonly retryAfterMs: number | undefined;
  /** With the code `renamed`: the name that the channel has now. */
  declare readonly channel: string | undefined;

  constructor(
    message: string,
    facts: {
      status: number;
      code: string;
      retryAfterMs?: number | undefined;
      channel?: string | undefined;
    },
  ) {
    super(message);
    Object.assign(this, facts);
  }

  /** True when the client has no valid token. It goes on trying: the next token may be valid. */
  get isOfToken(): boolean {
    return this.status === 401 || this.code === 'no-token';
  }

  /**
   * True when Parley refuses the request for what it asks. An answer of another program, such as the
   * 404 of a proxy that has no server at the moment, says nothing of a channel.
   */
  get isOfChannel(): boolean {
    return !this.isPassing && !this.isOfToken && this.code !== UNKNOWN;
  }

  /** True when a repeat can succeed: there was no answer, or the server cannot answer now. */
  get isPassing(): boolean {
    return this.status === 0 || this.status >= 500 || PASSING.has(this.status);
  }
}

/** The code of an answer that is not Parley's. */
const UNKNOWN = 'unknown';

/** RFC 9110 section 15.5.9, RFC 8470 and RFC 6585. */
const PASSING = new Set([408, 425, 429]);

/** Reads the error of an answer that is not 2xx. */
export async function errorOf(answer: Response): Promise<ParleyError> {
  const { status } = answer;
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
  let problem: { code?: unknown; detail?: unknown; channel?: string } = {};
  try {
    problem = Object(await answer.json());
  } catch {
    // It is not of Parley.
  }
  const { code = UNKNOWN, detail = `The answer was ${status}.`, channel } = problem;
  return new ParleyError(String(detail), { status, code: String(code), retryAfterMs, channel });
}

/** The error for a request without an answer, or `no-token`: the token source rejected. */
export function noAnswer(
  cause: unknown,
  code: 'no-answer' | 'no-token' = 'no-answer',
): ParleyError {
  const what = code === 'no-token' ? 'No token' : 'No answer';
  const message = `${what}: ${(cause as Error)?.message ?? cause}`;
  return Object.assign(new ParleyError(message, { status: 0, code }), { cause });
}

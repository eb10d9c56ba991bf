/**
 * A refusal by Parley (an `application/problem+json` of RFC 9457) or, with status 0, no answer.
 * `code` is stable, such as `forbidden` or `too-many-requests`; docs/api.md lists all.
 */
export class ParleyError extends Error {
  override name = 'ParleyError';
  readonly status: number;
  readonly code: string;
  /** Milliseconds after which to try again, if the answer names them. */
  readonly retryAfterMs: number | undefined;
  /** With the code `renamed`: the name that the channel has now. */
  readonly channel: string | undefined;

  constructor(
    message: string,
    {
      status,
      code,
      retryAfterMs,
      channel,
    }: { status: number; code: string; retryAfterMs?: number; channel?: string },
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.channel = channel;
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
  const text = await answer.text().catch(() => '');
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const more = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {};
  try {
    const { code, detail, channel } = JSON.parse(text) as {
      code: string;
      detail: string;
      channel?: string;
    };
    const known = { status, code: String(code), ...(channel !== undefined && { channel }) };
    return new ParleyError(String(detail), { ...known, ...more });
  } catch {
    return new ParleyError(`The answer was ${status}.`, { status, code: UNKNOWN, ...more });
  }
}

/** The error for a request without an answer, or `no-token`: the token source rejected. */
export function noAnswer(
  cause: unknown,
  code: 'no-answer' | 'no-token' = 'no-answer',
): ParleyError {
  const what = code === 'no-token' ? 'No token' : 'No answer';
  const error = new ParleyError(`${what}: ${(cause as Error)?.message ?? cause}`, {
    status: 0,
    code,
  });
  error.cause = cause;
  return error;
}

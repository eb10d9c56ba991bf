/**
 * Every problem with which Parley refuses a request, and its HTTP status. A released code never
 * changes its meaning, because clients depend on it.
 */
export const PROBLEM_STATUS = {
  'malformed-request': 400,
  'malformed-json': 400,
  'invalid-encoding': 400,
  'invalid-channel': 400,
  'reserved-channel': 400,
  'invalid-username': 400,
  'invalid-email': 400,
  'invalid-password': 400,
  'invalid-message': 400,
  'invalid-event': 400,
  'invalid-type': 400,
  'too-many-channels': 400,
  'too-many-members': 400,
  'invalid-vote': 400,
  'invalid-reply': 400,
  'invalid-reaction': 400,
  'invalid-hook': 400,
  'invalid-query': 400,
  'invalid-idempotency-key': 400,
  unauthenticated: 401,
  'invalid-token': 401,
  'invalid-ticket': 401,
  'invalid-credentials': 401,
  forbidden: 403,
  'origin-refused': 403,
  'name-taken': 403,
  'channel-closed': 403,
  'account-suspended': 403,
  muted: 403,
  'invalid-link': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  'account-exists': 409,
  'channel-exists': 409,
  renamed: 409,
  'too-many-reactions': 409,
  'too-many-hooks': 409,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'host-refused': 421,
  'idempotency-mismatch': 422,
  'upgrade-required': 426,
  'too-many-requests': 429,
  'headers-too-large': 431,
  'internal-error': 500,
  'server-unreachable': 502,
  overloaded: 503,
  'store-unavailable': 503,
  'keys-unavailable': 503,
  'provider-unavailable': 503,
  'server-silent': 504,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** An `application/problem+json` body (RFC 9457) with Parley's stable `code`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  instance?: string;
  /** With `renamed`: the name that the channel has now. */
  channel?: string;
}

/** Retry-After of a 503, in seconds, unless the error sets another (RFC 9110 section 10.2.3). */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * The only error that a service sends to its callers. `message` is written for the caller and says
 * what to do; `cause` is only for the log.
 */
export class ChatError extends Error {
  readonly code: ProblemCode;
  /** With `renamed`: the name that the channel has now. */
  readonly channel: string | undefined;
  readonly #retryAfterSeconds: number | undefined;

  /** `retryAfterSeconds`: when trying again can succeed, if that is known. */
  constructor(
    code: ProblemCode,
    message: string,
    options: ErrorOptions & { retryAfterSeconds?: number; channel?: string } = {},
  ) {
    super(message, options);
    this.name = 'ChatError';
    this.code = code;
    this.channel = options.channel;
    this.#retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return PROBLEM_STATUS[this.code];
  }

  /** The WWW-Authenticate header of a 401 (RFC 9110 section 11.6.1, RFC 6750 section 3). */
  get challenge(): string | undefined {
    if (this.status !== 401) return undefined;
    return this.code === 'invalid-token' ? 'Bearer error="invalid_token"' : 'Bearer';
  }

  /** The Location header of `renamed`: the address of the channel. */
  get location(): string | undefined {
    return this.channel === undefined ? undefined : `/chat/${encodeURIComponent(this.channel)}`;
  }

  /** Seconds after which to try again, or `undefined` where trying again would not help. */
  get retryAfterSeconds(): number | undefined {
    if (this.#retryAfterSeconds !== undefined) return this.#retryAfterSeconds;
    return this.status === 503 ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
  }
}

/** Writes an error as a problem document; `instance` is the request's id. */
export function encodeProblem(error: ChatError, instance?: string): Problem {
  return {
    type: 'about:blank',
    title: error.code.replaceAll('-', ' '),
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(instance === undefined ? {} : { instance }),
    ...(error.channel === undefined ? {} : { channel: error.channel }),
  };
}

/**
 * Reads a problem document from another service; any other document becomes an `internal-error`.
 */
export function parseProblem(document: unknown): ChatError {
  const { code, detail, channel } = Object(document) as Partial<Problem>;
  if (code === undefined || !Object.hasOwn(PROBLEM_STATUS, code)) {
    return new ChatError('internal-error', 'The answer cannot be understood.');
  }
  return new ChatError(code, String(detail), typeof channel === 'string' ? { channel } : {});
}

import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Header with which one service shows another that both run in one process. */
const HEADER = 'x-parley-process';

/** The header with the process's secret; empty without a secret. */
export function ownProcessHeader(secret: string | undefined): Record<string, string> {
  return secret === undefined ? {} : { [HEADER]: secret };
}

/** True when the request shows the process's secret. */
export function isOwnProcess(headers: IncomingHttpHeaders, secret: string | undefined): boolean {
  const shown = headers[HEADER];
  if (typeof shown !== 'string' || secret === undefined) return false;
  const [a, b] = [Buffer.from(shown), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

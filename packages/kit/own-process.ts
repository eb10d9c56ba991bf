import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header by which a part shows that it is of the same process as the one that it asks. */
const HEADER = 'x-parley-process';

/** The header that shows the process's secret, where it has one. */
export function ownProcessHeader(secret: string | undefined): Record<string, string> {
  return secret === undefined ? {} : { [HEADER]: secret };
}

/** Whether a request was made by the process that has that secret. */
export function isOwnProcess(headers: IncomingHttpHeaders, secret: string | undefined): boolean {
  const shown = headers[HEADER];
  if (typeof shown !== 'string' || secret === undefined) return false;
  const [a, b] = [Buffer.from(shown), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

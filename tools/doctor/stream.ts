import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Refused } from './refused.ts';
import { begin, readBody } from './request.ts';
import type { Visit } from './verdict.ts';

const LOOK_EVERY_MS = 5;

/** A stream as it arrives. */
export interface Stream extends Disposable {
  headers: IncomingHttpHeaders;
  /** When each piece arrived, in milliseconds since 1970. */
  readonly arrivals: number[];
  /** When it ended; undefined while it is open. */
  readonly endedAt: number | undefined;
  /** All text that arrived. */
  readonly text: string;
  /**
   * Resolves with true when the stream contains the text, or false when the text does not come in
   * time.
   */
  holds(text: string, limitMs: number): Promise<boolean>;
}

/**
 * Opens a stream of the doctor's channel, or the stream at `path`.
 * @throws Refused when the answer is not a stream; rejects when no answer comes in time
 */
export async function openStream(
  visit: Visit,
  {
    query = '',
    path = `/broadcast/${encodeURIComponent(visit.channel)}${query}`,
    headers = {},
    limitMs,
  }: { query?: string; path?: string; headers?: Record<string, string>; limitMs?: number } = {},
): Promise<Stream> {
  const answer = await begin(visit, path, { headers, ...(limitMs && { limitMs }) });
  const { statusCode: status = 0 } = answer;
  if (status !== 200) throw new Refused(`GET ${path}`, { status, body: await readBody(answer) });
  const arrivals: number[] = [];
  let received = '';
  let endedAt: number | undefined;
  answer.setEncoding('utf8').on('data', (piece: string) => {
    arrivals.push(Date.now());
    received += piece;
  });
  answer.on('error', () => undefined);
  answer.once('close', () => {
    endedAt = Date.now();
  });
  return {
    headers: answer.headers,
    arrivals,
    get endedAt() {
      return endedAt;
    },
    get text() {
      return received;
    },
    async holds(text, limitMs) {
      const end = Date.now() + limitMs;
      while (!received.includes(text) && Date.now() < end) await delay(LOOK_EVERY_MS);
      return received.includes(text);
    },
    [Symbol.dispose]: () => void answer.destroy(),
  };
}

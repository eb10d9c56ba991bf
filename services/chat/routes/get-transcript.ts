import { once } from 'node:events';
import { parseChannel } from '@parley/contract/channel.ts';
import { encodeTranscriptLine, openTranscriptClock } from '@parley/contract/transcript.ts';
import type { RequestHandler, Response } from 'express';
import type { ChatMetrics } from '../metrics.ts';
import type { Store } from '../store/store.ts';

/** Events read at once: what a transcript holds in memory, and how long it keeps the store busy. */
const PAGE_EVENTS = 500;

/** `GET /chat/:channel`: every message as a line of text, oldest first, up to the head at the start. */
export function getTranscript(
  store: Store,
  { timezone, metrics }: { timezone: string; metrics: ChatMetrics },
): RequestHandler<{ channel: string }> {
  const clock = openTranscriptClock(timezone);
  return async (request, response) => {
    const channel = parseChannel(request.params.channel);
    let after = 0;
    let end = Number.MAX_SAFE_INTEGER;
    response.type('text/plain; charset=utf-8').setHeader('Cache-Control', 'no-store');
    do {
      metrics.logQueries.inc({ kind: 'transcript' });
      const page = await store.page({
        channel,
        after,
        before: end,
        limit: PAGE_EVENTS,
        newest: false,
      });
      end = Math.min(end, page.head + 1);
      after = page.events.at(-1)?.seq ?? end - 1;
      await write(
        response,
        page.events.map((event) => encodeTranscriptLine(event, clock)).join(''),
      );
    } while (after < end - 1 && !response.destroyed);
    response.end();
  };
}

/** Waits while the reader does not take what was written. */
async function write(response: Response, text: string): Promise<void> {
  if (text === '' || response.write(text) || response.destroyed) return;
  await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

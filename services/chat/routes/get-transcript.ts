import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { encodeTranscript, openTranscriptClock } from '@parley/contract/events/transcript.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Viewer } from '@parley/kit/viewer.ts';
import type { RequestHandler } from 'express';
import type { Renaming } from '../access/renaming.ts';
import type { ChatMetrics } from '../metrics.ts';
import { readPages } from '../store/pages/read-pages.ts';
import type { Store } from '../store/store.ts';

/**
 * `GET /chat/:channel`: a line of text for every message that is not deleted, with its current
 * text, oldest first, up to the head at the start of the request.
 */
export function getTranscript(
  store: Store,
  { timezone, metrics, renaming }: { timezone: string; metrics: ChatMetrics; renaming: Renaming },
): RequestHandler<{ channel: string }> {
  const clock = openTranscriptClock(timezone);

  async function* lines(channel: string, viewer: Viewer): AsyncGenerator<string> {
    for await (const events of readPages(store, channel, viewer)) {
      metrics.logQueries.inc({ kind: 'transcript' });
      yield encodeTranscript(events, clock);
    }
  }

  return async (request, response) => {
    const channel = parseChannel(request.params.channel);
    const identity = identityOf(response);
    requireSubscribe(identity, channel);
    const viewer = identity.readerOf(channel);
    const [state] = await store.channels({ after: '', limit: 1, names: [channel], viewer });
    if (!state) await renaming.refuse(channel, identity);
    response.type('text/plain; charset=utf-8').setHeader('Cache-Control', 'no-store');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    try {
      await pipeline(
        Readable.from(lines(channel, viewer), {
          objectMode: true,
          highWaterMark: 1,
        }),
        response,
      );
    } catch (error) {
      // The client may close the connection at any line.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  };
}

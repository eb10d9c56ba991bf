import { parseChannel } from '@parley/contract/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { encodeRetryFrame } from '@parley/contract/sse.ts';
import type { Request, RequestHandler } from 'express';
import type { Start } from './catch-up.ts';
import type { Hub } from './hub.ts';
import { encodeStreamHead } from './stream-head.ts';
import { takeSocket } from './take-socket.ts';

/** How long readers wait before they reconnect, spread so that a crash does not bring all back at once. */
const RETRY_MIN_MS = 500;
const RETRY_SPREAD_MS = 1_000;
/** How far back `?last=` may reach. */
const LAST_MAX = 1_000;

/**
 * `GET /broadcast/:channel`: the channel as Server-Sent Events, after the position in the
 * `Last-Event-ID` header or in `?lastEventId=`, with the newest `?last=` events, or from now.
 */
export function streamEvents(hub: Hub): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const channel = parseChannel(request.params.channel);
    const start = parseStart(request);
    hub.checkRoom();
    const headers = response.getHeaders();
    const socket = await takeSocket(request, response);
    if (!socket) return;
    const retry = encodeRetryFrame(RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS);
    hub.join(socket, { channel, start, head: encodeStreamHead(headers) + retry });
  };
}

/** The header wins: it is what a browser's EventSource sends when it reconnects, whatever its URL says. */
function parseStart({ headers, query }: Request<{ channel: string }>): Start {
  const position = headers['last-event-id'] ?? query.lastEventId;
  if (position !== undefined && position !== '') return { after: String(position) };
  if (query.last === undefined) return 'now';
  const newest = /^\d{1,9}$/.test(String(query.last)) ? Number(query.last) : Number.NaN;
  if (newest <= LAST_MAX) return { newest };
  throw new ChatError('invalid-query', `last must be a whole number from 0 to ${LAST_MAX}.`);
}

import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseOption } from '@parley/kit/http/query.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { Access } from '../access/access.ts';
import { sseFramingFor, type Wish } from '../framing/sse-framing.ts';
import type { Hub } from '../hub.ts';
import { encodeStreamHead } from '../reader/stream-head.ts';
import { parseStart } from './parse-start.ts';
import type { IdentifyReader } from './reader-identity.ts';
import type { AdmitStream } from './stream-limit.ts';
import { takeSocket } from './take-socket.ts';

/**
 * `GET /broadcast/:channel`: streams the channel as Server-Sent Events. The stream begins after the
 * position in the `Last-Event-ID` header or in `?lastEventId=`, with the newest `?last=` events, or
 * from now. With `?heartbeat=event` each heartbeat is an event, which a page can see; with
 * `?untyped=1` the log's events have no names; with `?hello=id` the event hello has an id.
 */
export function streamEvents(
  hub: Hub,
  { identify, admit, access }: { identify: IdentifyReader; admit: AdmitStream; access: Access },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const channel = parseChannel(request.params.channel);
    const start = parseStart(request.headers, request.query);
    const framing = sseFramingFor(parseWishes(request.query));
    hub.checkSpace();
    // Last, so that a request refused for one of the reasons above uses up no ticket.
    const identity = await identify(request.headers, request.query.ticket);
    requireSubscribe(identity, channel);
    const sight = await access.look(identity, [channel]);
    const enter = admit(request, identity);
    const headers = response.getHeaders();
    const socket = await takeSocket(request, response);
    if (!socket) return;
    const head = encodeStreamHead(headers);
    hub.join(socket, { channel, start, framing, head, identity, sight, enter });
  };
}

/** @throws ChatError `invalid-query` */
export function parseWishes({ heartbeat, untyped, hello }: Record<string, unknown>): Wish[] {
  const wishes: Wish[] = [];
  if (parseOption('heartbeat', heartbeat, 'event')) wishes.push('visible');
  if (parseOption('untyped', untyped, '1')) wishes.push('untyped');
  if (parseOption('hello', hello, 'id')) wishes.push('placed');
  return wishes;
}

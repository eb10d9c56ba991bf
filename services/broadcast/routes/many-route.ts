import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isChannelPattern, openChannelMatch } from '@parley/contract/channels/channel-pattern.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { parseOption } from '@parley/kit/http/query.ts';
import { requireList, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { Access } from '../access/access.ts';
import type { PrivateChannelsOf } from '../access/private-channels-of.ts';
import { sseFramingFor } from '../framing/sse-framing.ts';
import type { Hub } from '../hub.ts';
import { CHANNELS_MAX, PATTERNS_MAX } from '../many/channel-limit.ts';
import type { ManyStart, PresenceShown } from '../many/many-stream.ts';
import type { MatchingChannels } from '../many/matching-channels.ts';
import { parsePositions } from '../many/positions.ts';
import { encodeStreamHead } from '../reader/stream-head.ts';
import { parseStart } from './parse-start.ts';
import type { IdentifyReader } from './reader-identity.ts';
import type { AdmitStream } from './stream-limit.ts';
import { parseWishes } from './stream-route.ts';
import { detachSocket, requestEnd } from './take-socket.ts';

/**
 * `GET /broadcast?channel=a&channel=team.*`: streams several channels as Server-Sent Events. Its ids
 * hold the positions in all of them. The further parameters are those of one channel's stream;
 * `?presence=0` leaves presence out, and `?presence=named` that of the channels that match a pattern,
 * in which the reader is not present either. `?fit=1` begins with the channels that fit.
 */
export function streamMany(
  hub: Hub,
  {
    identify,
    admit,
    matching,
    access,
    privateChannelsOf,
  }: {
    identify: IdentifyReader;
    admit: AdmitStream;
    matching: MatchingChannels;
    access: Access;
    privateChannelsOf: PrivateChannelsOf;
  },
): RequestHandler {
  return async (request, response) => {
    const { names, patterns } = parseChannels(request);
    const start = parseManyStart(request);
    const framing = sseFramingFor([...parseWishes(request.query), 'many']);
    const presence = parsePresence(request.query.presence);
    const fit = parseOption('fit', request.query.fit, '1');
    hub.checkSpace();
    // Last, so that a request refused for one of the reasons above uses up no ticket.
    const identity = await identify(request.headers, request.query.ticket);
    for (const name of names) requireSubscribe(identity, name);
    if (patterns.length > 0) requireList(identity);
    const matches = patterns.length > 0 ? openChannelMatch(patterns) : undefined;
    const sight = await access.look(identity, names);
    const own = matches ? (await privateChannelsOf(identity)).filter(matches) : [];
    if (matches) await matching.ready();
    if (!(await requestEnd(request, response))) return;
    // Nothing is awaited from here on, so that no channel is missed.
    const open = matches
      ? matching.newest((name) => matches(name) && identity.maySubscribe(name), CHANNELS_MAX + 1)
      : [];
    const found = [...new Set([...own, ...open])].slice(0, CHANNELS_MAX + 1);
    const number = new Set([...names, ...found]).size;
    // A stream that had space once goes on: what does not fit now is left out.
    const isBounded = fit || start.after !== undefined;
    const weight = isBounded ? Math.min(number, CHANNELS_MAX) : checkNumber(number);
    const enter = admit(request, identity, fit ? names.length : weight);
    const head = encodeStreamHead(response.getHeaders());
    hub.joinMany(detachSocket(request, response), {
      names,
      ...(matches && { patterns: { matches, found, privateNames: new Set(own), fit } }),
      sight,
      start,
      presence,
      framing,
      head,
      identity,
      enter,
      enterMore: (now) => admit(request, now)?.() ?? (() => undefined),
    });
  };
}

/** @throws ChatError `invalid-query`, `invalid-channel`, `reserved-channel` or `too-many-channels` */
function parseChannels({ query }: Request): { names: string[]; patterns: string[] } {
  const given = [query.channel ?? []].flat().map(String);
  if (given.length === 0) {
    throw new ChatError(
      'invalid-query',
      'Name the channels: ?channel=a&channel=b, or a pattern such as ?channel=team.*.',
    );
  }
  checkNumber(new Set(given).size);
  const patterns = [...new Set(given.filter((text) => text.includes('*')))];
  if (patterns.length > PATTERNS_MAX) {
    throw new ChatError(
      'too-many-channels',
      `A stream has at most ${PATTERNS_MAX} patterns; these are ${patterns.length}. Open several streams.`,
    );
  }
  const broken = patterns.find((pattern) => !isChannelPattern(pattern));
  if (broken !== undefined) {
    throw new ChatError(
      'invalid-channel',
      `"${broken.slice(0, 64)}" is not a pattern; in a pattern * stands for any characters up to a dot, and ** at the end for all that is left.`,
    );
  }
  const names = given.filter((text) => !text.includes('*')).map(parseChannel);
  return { names: [...new Set(names)], patterns };
}

/** @throws ChatError `invalid-query` */
function parsePresence(value: unknown): PresenceShown {
  if (value === undefined) return 'all';
  if (value === '0') return 'none';
  if (value === 'named') return value;
  throw new ChatError('invalid-query', 'presence may only be "0" or "named", or absent.');
}

/** @throws ChatError `too-many-channels` */
function checkNumber(channels: number): number {
  if (channels <= CHANNELS_MAX) return channels;
  throw new ChatError(
    'too-many-channels',
    `A stream has at most ${CHANNELS_MAX} channels; these are more. Open several streams.`,
  );
}

function parseManyStart({ headers, query }: Request): ManyStart {
  const start = parseStart(headers, query);
  if (start === 'now') return { after: undefined, newest: 0 };
  if ('newest' in start) return { after: undefined, newest: start.newest };
  const last = query.last === undefined ? 'now' : parseStart({}, { last: query.last });
  const newest = typeof last === 'object' && 'newest' in last ? last.newest : 0;
  return { after: parsePositions(start.after) ?? 'malformed', newest };
}

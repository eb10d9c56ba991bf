import { accountIdOf, accountSubject } from '@parley/contract/accounts/subject.ts';
import { composedChannel } from '@parley/contract/channels/channel.ts';
import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { parseLimit, parseOption, parseText } from '@parley/kit/http/query.ts';
import { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requireList, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '@parley/kit/viewer.ts';
import type { Request, RequestHandler } from 'express';
import type { RecentChannels } from '../log/recent-channels.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import type { ChannelState } from '../store/store.ts';
import { openCounts, openMutes, othersIn } from './channels/channel-details.ts';
import { findRecent, findVisible } from './channels/find-channels.ts';
import { parsePrivacy } from './get-events.ts';

/** Lists whose unread messages are counted at once. */
const COUNTED_AT_ONCE = 2;
const WAITING_MAX = 64;

/**
 * `GET /chat?after=&limit=&channel=`: channels in order of name, with head and time of the last
 * event. `after` is a name. `next` is the `after` of the next page, or null. `channel`, which may
 * be repeated, asks for the named channels only. With `order=recent` the channels with the newest
 * events are first, and there is one page.
 *
 * Left out are channels that the caller may not read, the canaries' channel unless it is named, and
 * archived channels unless they are named or `archived=1`. `private` chooses channels by whether they
 * are private; with `access=1` a service gets those of the named channels that are private, and their
 * members. For an account each direct channel has its other people, each channel until when the
 * account is muted there, and, unless `unread=0`, its read position and counts.
 */
export function listChannels(
  store: OpenedStore,
  recent: RecentChannels,
  metrics: ChatMetrics,
): RequestHandler {
  const queue = new WorkQueue({
    atOnce: COUNTED_AT_ONCE,
    waitingMax: WAITING_MAX,
    refusal: 'Too many people list channels at the moment; try again.',
  });
  return async (request, response) => {
    const identity = identityOf(response);
    requireList(identity);
    const query = parseQuery(request);
    metrics.logQueries.inc({ kind: 'channels' });
    const list = query.access
      ? await listPrivate(store, identity, query.names ?? [])
      : await listVisible({ store, queue, recent }, identity, query);
    response.setHeader('Cache-Control', 'no-store').json(list);
  };
}

interface ListParts {
  store: OpenedStore;
  queue: WorkQueue;
  recent: RecentChannels;
}

interface ListQuery {
  after: string;
  limit: number;
  names?: string[];
  privacy: '0' | '1' | undefined;
  access: boolean;
  counted: boolean;
  newestFirst: boolean;
  archived: boolean;
}

/** @throws ChatError `invalid-query` */
function parseQuery({ query }: Request): ListQuery {
  const { channel } = query;
  return {
    newestFirst: parseOption('order', query.order, 'recent'),
    after: parseText('after', query.after ?? ''),
    limit: parseLimit(query.limit),
    ...(channel !== undefined && {
      names: [channel].flat().map((name) => composedChannel(parseText('channel', name))),
    }),
    privacy: parsePrivacy(query.private),
    access: parseOption('access', query.access, '1'),
    counted: !parseOption('unread', query.unread, '0'),
    archived: parseOption('archived', query.archived, '1'),
  };
}

async function listVisible(
  parts: ListParts,
  identity: Identity,
  { after, limit, privacy, counted, newestFirst, archived, ...query }: ListQuery,
): Promise<ChannelList> {
  const names = newestFirst ? undefined : query.names;
  const isNamed = names !== undefined;
  const isVisible = ({ channel, private: isPrivate, archived: isArchived }: ChannelState) =>
    identity.maySubscribe(channel) &&
    (isNamed || channel !== CANARY_CHANNEL) &&
    (isNamed || archived || !isArchived) &&
    (!isPrivate || identity.readerOf(channel) !== null);
  const choice = {
    ...(names && { names }),
    viewer: privacy === '0' ? null : viewerOf(identity),
    onlyPrivate: privacy === '1',
  };
  const found = newestFirst
    ? await findRecent(parts, { ...choice, isVisible, count: limit })
    : await findVisible(
        (name, size) => parts.store.channels({ after: name, limit: size, ...choice }),
        { after: composedChannel(after), isVisible, count: limit + 1 },
      );
  const listed = found.slice(0, limit);
  const countsOf = counted ? await openCounts(parts, identity, listed) : () => ({});
  const muteOf = await openMutes(parts.store, identity, listed);
  const others = await othersIn(parts.store, identity, listed);
  const channels = listed.map((state) => ({
    ...state,
    at: new Date(state.at).toISOString(),
    ...others(state.channel),
    ...countsOf(state.channel),
    ...muteOf(state.channel),
  }));
  return { channels, next: found.length > limit ? (found[limit - 1]?.channel ?? null) : null };
}

/** As whom private channels are listed; of those of a service its patterns choose. */
function viewerOf({ subject, claims }: Identity): Viewer {
  return accountIdOf(subject) ?? (claims ? EVERY_PRIVATE_CHANNEL : null);
}

/** @throws ChatError `unauthenticated` or `forbidden` when one of the channels is not for services */
async function listPrivate(
  { access }: OpenedStore,
  identity: Identity,
  names: string[],
): Promise<ChannelList> {
  for (const name of names) {
    requireSubscribe(identity, name);
    if (identity.readerOf(name) !== EVERY_PRIVATE_CHANNEL) {
      throw new ChatError('forbidden', 'Only services may ask for the members of channels.');
    }
  }
  const channels = (await access.privateAmong(names)).map(({ members, ...state }) => ({
    ...state,
    at: new Date(state.at).toISOString(),
    private: true as const,
    members: members.map(accountSubject),
  }));
  return { channels, next: null };
}

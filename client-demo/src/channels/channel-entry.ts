import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { requestJson } from '../request-json.ts';
import { isDirectName } from './channel-name.ts';

/** Most channels of one list, those with the newest events. */
export const LISTED_MAX = 500;
/** Most channels that the server is asked for by the beginning of a name. */
const FOUND_MAX = 20;

/** A channel as the server lists it. */
export type ListedChannel = Pick<
  ChannelList['channels'][number],
  'channel' | 'at' | 'mutedUntil' | 'private' | 'people'
>;

/** A channel and how its name is shown. */
export type NamedChannel = Pick<ListedChannel, 'channel' | 'private' | 'people'>;

/** A line of the channel list. */
export interface ChannelEntry extends ListedChannel {
  /** Messages that came since the reader last saw the end of the channel. */
  unread: number;
}

/**
 * The channels that the visitor may read, without counts: the page counts by itself. Where there are
 * more than a list has, all private ones are among them. @throws AnswerError
 */
export async function fetchChannels(): Promise<ListedChannel[]> {
  const listed = await fetchRecent('');
  return listed.length < LISTED_MAX ? listed : [...listed, ...(await fetchRecent('&private=1'))];
}

async function fetchRecent(more: string): Promise<ListedChannel[]> {
  const path = `/chat?order=recent&limit=${LISTED_MAX}&unread=0${more}`;
  return (await requestJson<ChannelList>(path)).channels;
}

/** The name that the reader sees: of a direct channel, the names of its other people. */
export function nameOf({ channel, people }: NamedChannel): string {
  if (people) return people.join(', ') || 'Only you';
  return isDirectName(channel) ? 'Direct message' : channel;
}

/** The name as a text of its own, with the mark of a channel. */
export function titleOf(named: NamedChannel): string {
  return isDirectName(named.channel) ? nameOf(named) : `#${named.channel}`;
}

/** Channels whose names begin with a text, in this spelling. @throws AnswerError */
export async function fetchBeginning(text: string, signal: AbortSignal): Promise<ChannelEntry[]> {
  const ask = (query: Record<string, string>) =>
    requestJson<ChannelList>(
      `/chat?${new URLSearchParams({ ...query, limit: String(FOUND_MAX), unread: '0' })}`,
      signal,
    );
  const [same, after] = await Promise.all([ask({ channel: text }), ask({ after: text })]);
  return [...same.channels, ...after.channels]
    .filter(({ channel }) => channel.startsWith(text))
    .map((listed) => ({ ...listed, unread: 0 }));
}

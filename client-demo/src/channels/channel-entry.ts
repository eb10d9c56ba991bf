import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { requestJson } from '../request-json.ts';
import { isDirectName } from './channel-name.ts';

/** Most channels of one list, those with the newest events. */
export const LISTED_MAX = 500;
/** Most channels that the server is asked for by the beginning of a name. */
const FOUND_MAX = 20;

/** A channel as the server lists it. */
export type ListedChannel = ChannelList['channels'][number];

/** A channel and how its name is shown. */
export type NamedChannel = Pick<ListedChannel, 'channel' | 'private' | 'people'>;

/** A line of the channel list. */
export interface ChannelEntry extends NamedChannel {
  at: string;
  /** Messages of others that the visitor has not read. */
  unread: number;
  /** Those that mention the account. */
  mentioned: number;
}

/**
 * The channels that the visitor may read; `isCounted`: with an account's counts. Where there are more
 * than a list has, all private ones are among them. @throws AnswerError
 */
export async function fetchChannels(isCounted: boolean): Promise<ListedChannel[]> {
  const more = isCounted ? '' : '&unread=0';
  const listed = await fetchRecent(more);
  if (listed.length < LISTED_MAX) return listed;
  return [...listed, ...(await fetchRecent(`${more}&private=1`))];
}

/** One channel, with an account's counts. @throws AnswerError */
export async function fetchChannel(channel: string): Promise<ListedChannel | undefined> {
  const query = new URLSearchParams({ channel });
  return (await requestJson<ChannelList>(`/chat?${query}`)).channels[0];
}

async function fetchRecent(more: string): Promise<ListedChannel[]> {
  const path = `/chat?order=recent&limit=${LISTED_MAX}${more}`;
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
    .map((listed) => ({ ...listed, unread: 0, mentioned: 0 }));
}

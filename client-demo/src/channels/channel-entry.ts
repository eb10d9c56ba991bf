import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { requestJson } from '../request-json.ts';

/** Most channels of one list, those with the newest events. */
export const LISTED_MAX = 500;
/** Most channels that the server is asked for by the beginning of a name. */
const FOUND_MAX = 20;

/** A channel as the server lists it. */
export type ListedChannel = Pick<ChannelList['channels'][number], 'channel' | 'at' | 'mutedUntil'>;

/** A line of the channel list. */
export interface ChannelEntry extends ListedChannel {
  /** Messages that came since the reader last saw the end of the channel. */
  unread: number;
}

/** The channels that the visitor may read, without counts: the page counts by itself. @throws AnswerError */
export async function fetchChannels(): Promise<ListedChannel[]> {
  return (await requestJson<ChannelList>(`/chat?order=recent&limit=${LISTED_MAX}&unread=0`))
    .channels;
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
    .map(({ channel, at }) => ({ channel, at, unread: 0 }));
}

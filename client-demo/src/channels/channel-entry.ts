import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { requestJson } from '../request-json.ts';

/**
 * Most channels of one list. The server lists them by name, so the page must ask for many to find the
 * most recent.
 */
export const LISTED_MAX = 500;

/** A channel as the server lists it. */
export type ListedChannel = Pick<ChannelList['channels'][number], 'channel' | 'at'>;

/** A line of the channel list. */
export interface ChannelEntry extends ListedChannel {
  /** Messages that came since the reader last saw the end of the channel. */
  unread: number;
}

/** The channels that the visitor may read, without counts: the page counts by itself. @throws AnswerError */
export async function fetchChannels(): Promise<ListedChannel[]> {
  return (await requestJson<ChannelList>(`/chat?limit=${LISTED_MAX}&unread=0`)).channels;
}

import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { requestJson } from '../request-json.ts';

/** The server lists channels by name, so the page must ask for many to find the most recent. */
const ASKED = 500;
const SHOWN = 100;

/** One line of the channel list. */
export type ChannelEntry = ChannelList['channels'][number];

/**
 * The channels, the most recently active first, at most as many as the list shows. @throws
 * AnswerError
 */
export async function fetchChannels(): Promise<ChannelEntry[]> {
  const { channels } = await requestJson<ChannelList>(`/chat?limit=${ASKED}`);
  return channels.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, SHOWN);
}

import type { ChannelList } from '@parley/contract/channel-list.ts';
import { requestJson } from './request-json.ts';

/** The list comes by name, so the most recent have to be sought among many. */
const ASKED = 500;
const SHOWN = 100;

/** One line of the channel list. */
export type ChannelEntry = ChannelList['channels'][number];

/** The channels, the most recently active first; no more than a list can show. @throws AnswerError */
export async function fetchChannels(): Promise<ChannelEntry[]> {
  const { channels } = await requestJson<ChannelList>(`/chat?limit=${ASKED}`);
  return channels.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, SHOWN);
}

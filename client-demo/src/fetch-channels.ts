import type { ChannelList } from '@parley/contract/page.ts';
import { requestJson } from './request-json.ts';

const LIMIT = 100;

/** One line of the channel list. */
export type ChannelEntry = ChannelList['channels'][number];

/** The channels there are, the most recently active first. @throws AnswerError */
export async function fetchChannels(): Promise<ChannelEntry[]> {
  const { channels } = await requestJson<ChannelList>(`/chat?limit=${LIMIT}`);
  return channels.toSorted((a, b) => b.at.localeCompare(a.at));
}

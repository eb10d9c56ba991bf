import { type ChannelList, parseChannelList } from '@parley/contract/channels/channel-list.ts';
import { type EventsPage, parseEventsPage } from '@parley/contract/events/events-page.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';

const QUERY_LIMIT_MS = 10_000;

/** The log as broadcast reads it: over HTTP, from any chat replica. Every call rejects when chat cannot answer. */
export interface EventLog {
  /** The oldest events above `after`, in rising order. */
  after(channel: string, after: number, limit: number): Promise<EventsPage>;
  /** The newest events, in rising order. */
  newest(channel: string, limit: number): Promise<EventsPage>;
  /** The heads of the given channels that exist; without names, the head of the first channel. */
  heads(channels: string[]): Promise<ChannelList['channels']>;
}

/** Opens the log at chat's address; `token` gives the bearer token, where one is needed. */
export function openEventLog(chatUrl: string, token: () => string | undefined): EventLog {
  const base = new URL(chatUrl);

  async function get(path: string, query: [string, string][]): Promise<unknown> {
    const url = new URL(path, base);
    url.search = new URLSearchParams(query).toString();
    const headers = bearerHeader(token());
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(QUERY_LIMIT_MS) });
    if (!response.ok) throw new Error(`chat answered ${response.status} to ${url.pathname}`);
    return response.json();
  }

  const page = async (channel: string, query: Record<string, number>) =>
    parseEventsPage(
      await get(
        `/chat/${encodeURIComponent(channel)}/events`,
        Object.entries(query).map(([name, value]) => [name, String(value)]),
      ),
    );

  return {
    after: (channel, after, limit) => page(channel, { after, limit }),
    newest: (channel, limit) => page(channel, { before: Number.MAX_SAFE_INTEGER, limit }),
    async heads(channels) {
      const query = channels.map((name): [string, string] => ['channel', name]);
      const list = parseChannelList(
        await get('/chat', [...query, ['limit', String(Math.max(1, channels.length))]]),
      );
      return list.channels;
    },
  };
}

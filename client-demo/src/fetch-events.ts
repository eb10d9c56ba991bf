import type { EventsPage } from '@parley/contract/events-page.ts';
import { problemDetail, requestJson } from './request-json.ts';

/** The newest `limit` events of a channel before `before` (a seq), ascending. @throws AnswerError */
export function fetchEventsBefore(
  channel: string,
  before: number,
  limit: number,
): Promise<EventsPage> {
  const query = new URLSearchParams({ before: String(before), limit: String(limit) });
  return requestJson(`/chat/${encodeURIComponent(channel)}/events?${query}`);
}

/** Why the server will not open this channel; `undefined` when it would, or cannot say now. */
export async function fetchChannelFault(channel: string): Promise<string | undefined> {
  const response = await fetch(`/chat/${encodeURIComponent(channel)}/events?limit=1`).catch(
    () => undefined,
  );
  if (!response || response.status < 400 || response.status >= 500) return undefined;
  return problemDetail(response);
}

import type {} from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import { AnswerError, requestJson } from './request-json.ts';

/** The newest `limit` events of a channel before `before` (a seq), ascending. @throws AnswerError */
export function fetchEventsBefore(
  channel: string,
  before: number,
  limit: number,
): Promise<EventsPage> {
  return fetchPage(channel, { before, limit });
}

/** The oldest `limit` events of a channel after `after` (a seq), ascending. @throws AnswerError */
export function fetchEventsAfter(
  channel: string,
  after: number,
  limit: number,
): Promise<EventsPage> {
  return fetchPage(channel, { after, limit });
}

/** Why the server will not open this channel; `undefined` when it would, or cannot say now. */
export async function fetchChannelFault(channel: string): Promise<AnswerError | undefined> {
  try {
    await fetchPage(channel, { limit: 1 });
  } catch (error) {
    if (error instanceof AnswerError && error.status < 500 && error.status !== 429) return error;
  }
  return undefined;
}

function fetchPage(channel: string, query: Record<string, number>): Promise<EventsPage> {
  const asked = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return requestJson(`/chat/${encodeURIComponent(channel)}/events?${new URLSearchParams(asked)}`);
}

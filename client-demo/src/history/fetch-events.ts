import type {} from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import { AnswerError, requestJson } from '../request-json.ts';
import type { Position } from './position.ts';

/** Longest wait for the log's newest position. */
const ANSWER_LIMIT_MS = 5000;

/**
 * The newest `limit` events of a channel before the seq `before`, ascending. @throws AnswerError
 */
export function fetchEventsBefore(
  channel: string,
  before: number,
  limit: number,
): Promise<EventsPage> {
  return fetchPage(channel, { before, limit });
}

/** The oldest `limit` events of a channel after the seq `after`, ascending. @throws AnswerError */
export function fetchEventsAfter(
  channel: string,
  after: number,
  limit: number,
): Promise<EventsPage> {
  return fetchPage(channel, { after, limit });
}

/**
 * The position of a channel's newest event. @throws AnswerError, or another error if no answer
 * comes in time
 */
export async function fetchHead(channel: string): Promise<Position> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const { epoch, head } = await fetchPage(channel, { limit: 1 }, signal);
  return { epoch, seq: head };
}

/** Why the server refuses this channel; `undefined` if it does not, or if it cannot answer now. */
export async function fetchChannelFault(channel: string): Promise<AnswerError | undefined> {
  try {
    await fetchPage(channel, { limit: 1 });
  } catch (error) {
    if (error instanceof AnswerError && error.status < 500 && error.status !== 429) return error;
  }
  return undefined;
}

function fetchPage(
  channel: string,
  query: Record<string, number>,
  signal?: AbortSignal,
): Promise<EventsPage> {
  const asked = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const url = `/chat/${encodeURIComponent(channel)}/events?${new URLSearchParams(asked)}`;
  return requestJson(url, signal);
}

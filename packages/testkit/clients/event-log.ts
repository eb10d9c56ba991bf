import { type ChatEvent, type ChatMessage, isMessage } from '@parley/contract/events/event.ts';
import { type EventsPage, parseEventsPage } from '@parley/contract/events/events-page.ts';

/** A page of a channel's log; `query` is for example `after=10&limit=5`. */
export async function eventsPage(url: string, channel: string, query = ''): Promise<EventsPage> {
  return parseEventsPage(await (await fetch(`${url}/chat/${channel}/events?${query}`)).text());
}

/** Every message of a channel, in order. */
export async function wholeLog(url: string, channel: string): Promise<ChatMessage[]> {
  return (await everyEvent(url, channel)).filter(isMessage);
}

/** Every event of a channel, in order. */
export async function everyEvent(url: string, channel: string): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const page: EventsPage = await eventsPage(url, channel, `after=${next}&limit=1000`);
    events.push(...page.events);
    ({ next } = page);
  }
  return events;
}

import type { EventsPage } from '@parley/contract/events-page.ts';
import type { EventLog } from './event-log.ts';

/** Pages asked for at a time; each takes up to a few megabytes while it is read. */
const SLOTS = 16;

/** The log, asked for so many pages at a time; further queries wait for their turn. Heads are not pages. */
export function withSlots(log: EventLog, slots = SLOTS): EventLog {
  const waiting: (() => void)[] = [];
  let free = slots;

  async function inTurn(query: () => Promise<EventsPage>): Promise<EventsPage> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await query();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }

  return {
    after: (...query) => inTurn(() => log.after(...query)),
    newest: (...query) => inTurn(() => log.newest(...query)),
    heads: (channels) => log.heads(channels),
  };
}

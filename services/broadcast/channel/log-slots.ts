import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { EventLog } from './event-log.ts';

/** Queries for pages at a time; each page takes up to a few megabytes while it is read. */
const SLOTS = 16;

/**
 * Limits a log to `slots` queries for pages at a time; further queries wait. Queries for heads are
 * not limited.
 */
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

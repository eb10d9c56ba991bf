import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { HookPosition } from '../store/store.ts';
import type { HookLog } from './hook-log.ts';

/**
 * The position of a hook in the log that a channel has now. A log of another epoch was restored from a backup,
 * or the channel was deleted and made anew:
 * - where the event with the position's number is as old as the one that was delivered, it is the same
 *   event in a restored log, and delivery goes on after it;
 * - otherwise delivery goes on with the events that were stored later than the one that was delivered.
 *   In a channel that was made anew these are all its events.
 * It takes a number of small requests that grows with the logarithm of the log's length.
 */
export async function positionIn(
  log: Pick<HookLog, 'page'>,
  { epoch, head }: Pick<EventsPage, 'epoch' | 'head'>,
  position: HookPosition,
): Promise<HookPosition> {
  const { channel, seq, at } = position;
  if (epoch === null || epoch === position.epoch) return position;
  const moved = (to: number): HookPosition => ({ ...position, epoch, seq: to });
  if (position.epoch === '') return moved(0);
  const timeOf = async (asked: number) => {
    const [event] = (await log.page(channel, asked - 1, 1)).events;
    return event ? Date.parse(event.at) : Number.POSITIVE_INFINITY;
  };
  if (seq > 0 && seq <= head && (await timeOf(seq)) === at) return moved(seq);
  // All events up to `low` are old, all from `high` on are new.
  let [low, high] = [0, head + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((await timeOf(middle)) > at) high = middle;
    else low = middle;
  }
  return moved(low);
}

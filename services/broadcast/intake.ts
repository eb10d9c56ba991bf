import { setTimeout as delay } from 'node:timers/promises';
import { parseEvent } from '@parley/contract/event.ts';
import { eventsTopic } from '@parley/contract/topic.ts';
import type { Bus } from '@parley/kit/bus.ts';
import type { Log } from '@parley/kit/log.ts';
import type { Feed } from './feed.ts';
import type { BroadcastMetrics } from './metrics.ts';

/** How long the broker may take to grant a subscription before the log alone is read. */
const GRANT_WAIT_MS = 1_000;

interface IntakeParts {
  bus: Bus;
  log: Log;
  metrics: BroadcastMetrics;
}

/**
 * Opens a feed and leads its channel's events from the bus into it. It listens before it asks the
 * log, so that what happens in between is not missed; a broker that does not answer is not waited
 * for long, and what it did not bring is compared with the log.
 */
export async function follow(feed: Feed, parts: IntakeParts): Promise<void> {
  const { channel } = feed;
  const granted = parts.bus
    .subscribe(eventsTopic(channel), (payload) => takeIn(feed, payload, parts))
    .catch((error: Error) => {
      parts.log.warn({ channel, cause: error.message }, 'not subscribed; the log is read');
    });
  const inTime = await Promise.race([granted.then(() => true), delay(GRANT_WAIT_MS, false)]);
  await feed.open();
  if (inTime) return;
  await granted;
  await feed.verify();
}

function takeIn(feed: Feed, payload: Buffer, { log, metrics }: IntakeParts): void {
  try {
    const event = parseEvent(payload.toString());
    if (event.channel !== feed.channel) throw new Error(`it is of channel ${event.channel}`);
    feed.accept(event);
  } catch (error) {
    metrics.refused.inc();
    const cause = (error as Error).message;
    log.warn({ channel: feed.channel, cause }, 'a message on the events topic is no event');
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { eventsTopic } from '@parley/contract/channels/topic.ts';
import { parseEvent } from '@parley/contract/events/event.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { Feed } from './live-channel.ts';

/** How long to wait for a subscription before the log is read without it. */
const GRANT_WAIT_MS = 1_000;

interface IntakeParts {
  bus: Bus;
  log: Log;
  metrics: BroadcastMetrics;
}

/**
 * Opens a feed and delivers its channel's events from the bus to it. Subscribes before it reads the
 * log, so that no event in between is lost. When the broker does not answer in time, reads the log
 * first and compares with it again once the broker has answered.
 */
export async function follow(feed: Feed, parts: IntakeParts): Promise<void> {
  const { channel } = feed;
  const granted = parts.bus
    .subscribe(eventsTopic(channel), (payload) => takeIn(feed, payload, parts))
    .catch((error: Error) => {
      parts.log.warn(
        { channel, cause: error.message },
        'no subscription to events; reading the log',
      );
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
    if (event.channel !== feed.channel) throw new Error(`its channel is ${event.channel}`);
    feed.accept(event);
  } catch (error) {
    metrics.refused.inc();
    const cause = (error as Error).message;
    log.warn({ channel: feed.channel, cause }, 'a message on the events topic is not an event');
  }
}

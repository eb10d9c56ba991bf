import { setTimeout as delay } from 'node:timers/promises';
import { eventsTopic, signalsTopic } from '@parley/contract/channels/topic.ts';
import { parseEvent } from '@parley/contract/events/event.ts';
import { parseSignal } from '@parley/contract/events/signal.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { LiveChannel } from './live-channel.ts';

/** How long to wait for a subscription before the log is read without it. */
const GRANT_WAIT_MS = 1_000;

interface IntakeParts {
  bus: Bus;
  log: Log;
  metrics: BroadcastMetrics;
}

/**
 * Opens a channel and delivers its events from the bus to it. Subscribes before it reads the log, so
 * that no event in between is lost. When the broker does not answer in time, reads the log
 * first and compares with it again once the broker has answered.
 */
export async function receiveFromBus(channel: LiveChannel, parts: IntakeParts): Promise<void> {
  const { name, side } = channel;
  parts.bus
    .subscribe(signalsTopic(name, side), (payload) => receiveSignal(channel, payload, parts))
    .catch((error: Error) =>
      parts.log.warn({ channel: name, cause: error.message }, 'no subscription to signals'),
    );
  const granted = parts.bus
    .subscribe(eventsTopic(name, side), (payload) => receive(channel, payload, parts))
    .catch((error: Error) => {
      parts.log.warn(
        { channel: name, cause: error.message },
        'no subscription to events; reading the log',
      );
    });
  const inTime = await Promise.race([granted.then(() => true), delay(GRANT_WAIT_MS, false)]);
  await channel.open();
  if (inTime) return;
  await granted;
  await channel.verify();
}

/** Ends what `receiveFromBus` began. */
export function unsubscribe({ name, side }: LiveChannel, bus: Bus): void {
  bus.unsubscribe(eventsTopic(name, side));
  bus.unsubscribe(signalsTopic(name, side));
}

function receive(channel: LiveChannel, payload: Buffer, parts: IntakeParts): void {
  // A message has the events of one commit, one a line.
  for (const line of payload.toString().split('\n')) {
    orRefuse('event', channel, parts, () => channel.receive(ofChannel(channel, parseEvent(line))));
  }
}

function receiveSignal(channel: LiveChannel, payload: Buffer, parts: IntakeParts): void {
  orRefuse('signal', channel, parts, () => {
    channel.receiveSignal(ofChannel(channel, parseSignal(payload.toString())));
  });
}

function ofChannel<T extends { channel: string }>({ name }: LiveChannel, received: T): T {
  if (received.channel !== name) throw new Error(`its channel is ${received.channel}`);
  return received;
}

function orRefuse(
  what: 'event' | 'signal',
  { name }: LiveChannel,
  { log, metrics }: IntakeParts,
  receiveIt: () => void,
): void {
  try {
    receiveIt();
  } catch (error) {
    metrics.refused.inc();
    const cause = (error as Error).message;
    log.warn({ channel: name, cause }, `a message on the ${what}s topic is not a valid ${what}`);
  }
}

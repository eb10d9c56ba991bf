import { createHash } from 'node:crypto';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  type JetStreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { StreamIdentity } from '../store/store.ts';

/** Most messages that are delivered and not acknowledged yet; the rest waits in the stream. */
const UNDER_WAY_MAX = 10_000;
/** NATS sends a message again that is not acknowledged within this time. */
const ACK_WAIT_MS = 30_000;

/** The stream and the consumer from which a feed's messages are fetched. */
export interface FeedConsumer {
  stream: StreamIdentity;
  consumer: string;
}

/**
 * The durable consumer of one feed on a stream, created if missing; every process of the catalog
 * uses the same. Its name contains the time at which the stream was created, so that messages of a
 * recreated stream are not mistaken for those of the old one. It has one subject, because servers
 * before 2.10 accept no more.
 * @throws Error when the stream is recreated meanwhile
 */
export async function openConsumer(
  manager: JetStreamManager,
  { name, info }: { name: string; info: StreamInfo },
): Promise<FeedConsumer> {
  const { config, created } = info;
  const stream = { name: config.name, created: String(created) };
  const consumer = consumerName(name, stream);
  const known = await findConsumer(manager, config.name, consumer);
  // The stream is read after the consumer, because other processes move the consumer forward
  // meanwhile. A consumer that is ahead of the stream even so is truly ahead.
  const { state } = await manager.streams.info(config.name);
  // A server that lost the end of its stream uses those sequence numbers again.
  const isAhead = (known?.delivered.stream_seq ?? 0) > state.last_seq;
  if (isAhead) await manager.consumers.delete(config.name, consumer);
  const ack_wait = nanos(ACK_WAIT_MS);
  if (!known || isAhead) {
    await manager.consumers.add(config.name, settingsOf({ name, consumer, ack_wait }));
  } else if (known.config.ack_wait !== ack_wait) {
    await manager.consumers.update(config.name, consumer, { ack_wait });
  }
  await checkSame(manager, stream, consumer);
  return { stream, consumer };
}

/**
 * Deletes the consumer when the stream was recreated, since the consumer's name belongs to the old
 * one.
 */
async function checkSame(
  manager: JetStreamManager,
  { name, created }: StreamIdentity,
  consumer: string,
): Promise<void> {
  const now = await manager.streams.info(name);
  if (String(now.created) === created) return;
  await manager.consumers.delete(name, consumer).catch(() => undefined);
  throw new Error('the stream was recreated meanwhile');
}

function consumerName(feed: string, { name, created }: StreamIdentity): string {
  const digest = createHash('sha256').update(`${feed} ${name} ${created}`).digest('hex');
  return `catalog-${feed.replace(/[^\w-]/g, '_')}-${digest.slice(0, 16)}`;
}

async function findConsumer(manager: JetStreamManager, stream: string, name: string) {
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (/consumer not found/.test((error as Error).message)) return undefined;
    throw error;
  }
}

function settingsOf({
  name,
  consumer,
  ack_wait,
}: {
  name: string;
  consumer: string;
  ack_wait: number;
}): Partial<ConsumerConfig> {
  return {
    durable_name: consumer,
    filter_subject: name,
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
    ack_wait,
    max_ack_pending: UNDER_WAY_MAX,
    // Delivery is never given up, because such a message would be missing.
    max_deliver: -1,
  };
}

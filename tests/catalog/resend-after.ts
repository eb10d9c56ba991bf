import { jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';

/**
 * Makes NATS send an unacknowledged message again after `ms`, not after the catalog's 30 s. A feed
 * that the catalog opens again has 30 s again.
 */
export async function resendAfter(connection: NatsConnection, ms: number): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const { name } of await manager.consumers.list('parley-feeds').next()) {
    await manager.consumers.update('parley-feeds', name, { ack_wait: nanos(ms) });
  }
}

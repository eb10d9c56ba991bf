import { type AccessNotice, encodeAccessNotice } from '@parley/contract/channels/access.ts';
import { ACCESS_TOPIC } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';

/**
 * Announces a change, and waits until the broker has passed it on: then every broadcast has cut its
 * readers, or is about to. Without the link, broadcast compares with the log.
 */
export async function announceAccess(bus: Bus, notice: AccessNotice): Promise<void> {
  bus.publish(ACCESS_TOPIC, encodeAccessNotice(notice));
  await bus.echo().catch(() => undefined);
}

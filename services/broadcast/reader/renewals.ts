import { parseRenewal } from '@parley/contract/accounts/renewal.ts';
import { renewalsTopic } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { Leases } from './leases.ts';

interface RenewalParts {
  leases: Leases;
  authenticator: Authenticator;
  log: Log;
  metrics: BroadcastMetrics;
}

/**
 * Receives renewals of this instance's streams from the bus. Each token is checked like one from a
 * reader.
 */
export function receiveRenewals(bus: Bus, parts: RenewalParts): void {
  let logged = false;

  async function receive(payload: Buffer): Promise<void> {
    const { log, metrics } = parts;
    const { outcome, cause } = await renew(payload, parts);
    metrics.renewals.inc({ outcome });
    if (outcome !== 'refused' || logged) return;
    logged = true;
    log.warn({ cause }, 'a renewal of a stream was refused; further ones are only counted');
  }

  bus
    .subscribe(renewalsTopic(parts.leases.instance), (payload) => void receive(payload))
    .catch(() => {
      // The bus subscribes again when the link returns, and logs a refusal itself.
    });
}

async function renew(
  payload: Buffer,
  { leases, authenticator }: RenewalParts,
): Promise<{ outcome: 'renewed' | 'unknown' | 'refused'; cause?: string }> {
  try {
    const { stream, token } = parseRenewal(payload.toString());
    const identity = await authenticator.identifyBearer(token);
    const lease = leases.find(stream);
    // The stream may have ended meanwhile.
    if (!lease) return { outcome: 'unknown' };
    const cause = lease.renew(identity);
    return cause === undefined ? { outcome: 'renewed' } : { outcome: 'refused', cause };
  } catch (error) {
    // Errors of zod and JSON may quote the token, so they are not logged.
    const cause = error instanceof ChatError ? error.code : 'not a valid renewal';
    return { outcome: 'refused', cause };
  }
}

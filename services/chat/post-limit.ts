import type { IncomingMessage } from 'node:http';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { PostLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import { openMinuteRate } from '@parley/kit/limits/minute-rate.ts';
import { openRefusals } from '@parley/kit/limits/refusals.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/** Counts a post, or what is written as one is: a change or a ticket. @throws ChatError `too-many-requests` where it is one too many of its address or account */
export type LimitPost = (request: IncomingMessage, identity: Identity) => Promise<void>;

/** Opens the count of posts; undefined where there is no limit, so that nothing is waited for. */
export function openPostLimit(
  { postsPerAddress, postsPerAccount }: PostLimitConfig,
  { addressOf, metrics }: { addressOf: AddressOf; metrics: Metrics },
): LimitPost | undefined {
  const refuse = openRefusals(metrics);
  const ofAddress = openMinuteRate(postsPerAddress);
  const ofAccount = openMinuteRate(postsPerAccount);
  if (!ofAddress && !ofAccount) return undefined;

  return async (request, { subject }) => {
    const seconds =
      (await ofAddress?.(clientKey(addressOf(request)))) ??
      (subject === undefined ? undefined : await ofAccount?.(subject));
    if (seconds === undefined) return;
    throw refuse('posts', `Too many posts; wait ${seconds} s before the next.`, seconds);
  };
}

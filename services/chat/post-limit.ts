import type { IncomingMessage } from 'node:http';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { PostLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import { openMinuteRate } from '@parley/kit/limits/minute-rate.ts';
import { openRefusals } from '@parley/kit/limits/refusals.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/** Who posts. A post without an address is counted only for its account. */
export interface Poster {
  address: string | undefined;
  subject: string | undefined;
}

/**
 * Counts posts, and changes and tickets as posts.
 * @throws ChatError `too-many-requests` when the address or the account has reached its limit
 */
export interface PostLimit {
  /** The limits as a RateLimit-Policy header (draft-ietf-httpapi-ratelimit-headers). */
  policy: string;
  count(poster: Poster): Promise<void>;
  /** Counts a request. */
  ofRequest(request: IncomingMessage, identity: Identity): Promise<void>;
}

/**
 * Opens the one count of posts, for HTTP, WebSocket and MQTT together. Undefined when there is no
 * limit, so that no post waits for a count.
 */
export function openPostLimit(
  { postsPerAddress, postsPerAccount }: PostLimitConfig,
  { addressOf, metrics }: { addressOf: AddressOf; metrics: Metrics },
): PostLimit | undefined {
  const refuse = openRefusals(metrics);
  const ofAddress = openMinuteRate(postsPerAddress);
  const ofAccount = openMinuteRate(postsPerAccount);
  if (!ofAddress && !ofAccount) return undefined;

  const count = async ({ address, subject }: Poster) => {
    const seconds =
      (address === undefined ? undefined : await ofAddress?.(clientKey(address))) ??
      (subject === undefined ? undefined : await ofAccount?.(subject));
    if (seconds === undefined) return;
    throw refuse('posts', `Too many posts; wait ${seconds} s before the next.`, seconds);
  };
  const policies = { address: postsPerAddress, account: postsPerAccount };
  return {
    policy: Object.entries(policies)
      .filter(([, posts]) => posts > 0)
      .map(([of, posts]) => `"${of}";q=${posts};w=60`)
      .join(', '),
    count,
    ofRequest: (request, { subject }) =>
      count({ address: addressOf(request) ?? 'unknown', subject }),
  };
}

import type { IncomingMessage } from 'node:http';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { PostLimitConfig, SignalLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import { openRate } from '@parley/kit/limits/rate.ts';
import type { RefuseTooMany } from '@parley/kit/limits/refusals.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/** Who posts. A post without an address is counted only for its account, and one without both is not counted. */
export interface Poster {
  address: string | undefined;
  subject: string | undefined;
}

/** The key of one client: its account or token, or else its address. */
export function keyOf({ address, subject }: Poster): string | undefined {
  return subject ?? (address === undefined ? undefined : clientKey(address));
}

/** Finds who sent a request. */
export type PosterOf = (request: IncomingMessage, identity: Identity) => Poster;

export function openPosterOf(addressOf: AddressOf): PosterOf {
  return (request, { subject, claims }) =>
    claims?.unlimited
      ? { address: undefined, subject: undefined }
      : { address: addressOf(request) ?? 'unknown', subject };
}

/**
 * Counts posts, and changes and tickets as posts.
 * @throws ChatError `too-many-requests` when the address or the account has reached its limit
 */
export interface PostLimit {
  /** The limits as a RateLimit-Policy header (draft-ietf-httpapi-ratelimit-headers). */
  policy: string;
  count(poster: Poster): Promise<void>;
}

/**
 * Opens the one count of posts, for HTTP, WebSocket and MQTT together. Undefined when there is no
 * limit, so that no post waits for a count.
 */
export function openPostLimit(
  { postsPerAddress, postsPerAccount }: PostLimitConfig,
  refuse: RefuseTooMany,
): PostLimit | undefined {
  const ofAddress = openRate(postsPerAddress);
  const ofAccount = openRate(postsPerAccount);
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
  };
}

/**
 * Counts the signals of one client: of an account or token, or else of an address. A signal counts as
 * a post, too.
 * @throws ChatError `too-many-requests`
 */
export type SignalLimit = (poster: Poster) => Promise<void>;

/** Opens the one count of signals, for HTTP, WebSocket and MQTT together. */
export function openSignalLimit(
  { signalsPerClient }: SignalLimitConfig,
  refuse: RefuseTooMany,
): SignalLimit {
  const rate = openRate(signalsPerClient, { seconds: 1 });
  return async (poster) => {
    const key = keyOf(poster);
    const seconds = key === undefined ? undefined : await rate?.(key);
    if (seconds === undefined) return;
    throw refuse('signals', `Too many signals; wait ${seconds} s before the next.`, seconds);
  };
}

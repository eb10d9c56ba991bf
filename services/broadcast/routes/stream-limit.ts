import type { IncomingMessage } from 'node:http';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { StreamLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import { type OpenCounts, openCounts } from '@parley/kit/limits/open-counts.ts';
import { openRefusals } from '@parley/kit/limits/refusals.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { streamsOf } from '../many/channel-limit.ts';

/** Counts one stream as open; the returned function ends the count. */
export type EnterStream = () => () => void;

/**
 * Admits a request for a stream of some channels. Returns the function that counts one stream once
 * it is open; undefined where there is no limit.
 * @throws ChatError `too-many-requests` when its address or account has the most streams allowed
 */
export type AdmitStream = (
  request: IncomingMessage,
  identity: Identity,
  channels?: number,
) => EnterStream | undefined;

/** A browser's pages share one stream; a reader that left is noticed within this time. */
const RETRY_AFTER_SECONDS = 5;

/** Opens the limits of streams by address and by account. */
export function openStreamLimit(
  { streamsPerAddress, streamsPerAccount }: StreamLimitConfig,
  { addressOf, metrics }: { addressOf: AddressOf; metrics: Metrics },
): AdmitStream {
  const refuse = openRefusals(metrics);
  const ofAddress = openCounts(streamsPerAddress);
  const ofAccount = openCounts(streamsPerAccount);

  if (!ofAddress && !ofAccount) return () => undefined;
  return (request, { subject }, channels = 1) => {
    const streams = streamsOf(channels);
    const counts: [OpenCounts, string][] = [];
    if (ofAddress) counts.push([ofAddress, clientKey(addressOf(request))]);
    if (ofAccount && subject !== undefined) counts.push([ofAccount, subject]);
    if (counts.some(([open, key]) => open.isFull(key, streams))) {
      throw refuse('streams', 'Too many streams are open; close one.', RETRY_AFTER_SECONDS);
    }
    return counts.length > 0 ? () => enterAll(counts) : undefined;
  };
}

function enterAll(counts: [OpenCounts, string][]): () => void {
  const leaves = counts.map(([open, key]) => open.enter(key));
  return () => {
    for (const leave of leaves) leave();
  };
}

import type { IncomingMessage } from 'node:http';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { StreamLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import { type OpenCounts, openCounts } from '@parley/kit/limits/open-counts.ts';
import { openRefusals } from '@parley/kit/limits/refusals.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/** Counts a stream as open; the answer counts it off again. */
export type EnterStream = () => () => void;

/**
 * Lets a request for a stream through, to be counted once it is one; undefined where it need not be.
 * @throws ChatError `too-many-requests` where it is one too many of its address or account
 */
export type AdmitStream = (request: IncomingMessage, identity: Identity) => EnterStream | undefined;

/** A browser's pages share one stream each; whoever left is noticed within this time. */
const RETRY_AFTER_SECONDS = 5;

/** Opens the count of streams by address and account. */
export function openStreamLimit(
  { streamsPerAddress, streamsPerAccount }: StreamLimitConfig,
  { addressOf, metrics }: { addressOf: AddressOf; metrics: Metrics },
): AdmitStream {
  const refuse = openRefusals(metrics);
  const ofAddress = openCounts(streamsPerAddress);
  const ofAccount = openCounts(streamsPerAccount);

  if (!ofAddress && !ofAccount) return () => undefined;
  return (request, { subject }) => {
    const counts: [OpenCounts, string][] = [];
    if (ofAddress) counts.push([ofAddress, clientKey(addressOf(request))]);
    if (ofAccount && subject !== undefined) counts.push([ofAccount, subject]);
    if (counts.some(([open, key]) => open.isFull(key))) {
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

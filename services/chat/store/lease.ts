/** How long a lease lasts without a renewal. */
export const LEASE_MS = 5_000;

/**
 * What one replica does at a time: receiving from devices, and adding older messages to the index of
 * words.
 */
export type LeaseName = 'inbox' | 'search';

/**
 * Takes a lease for LEASE_MS, or renews it. Resolves with true when the holder has the lease. The
 * database's clock counts, so that different clocks of hosts do no harm.
 */
export type Hold = (holder: string) => Promise<boolean>;

/** How long a lease lasts that is not renewed. */
export const LEASE_MS = 5_000;

/** Who of all replicas takes in what devices say, and what of it is stored already. */
export interface InboxStore {
  /**
   * Takes the lease for LEASE_MS, or renews it; resolves with whether it is the holder's. The time is the
   * database's, so that clocks of hosts that differ do no harm.
   */
  hold(holder: string): Promise<boolean>;
  /** Gives the lease back, if it is the holder's. */
  release(holder: string): Promise<void>;
  /** The names of the MQTT sessions that were taken in last, the newest first. */
  sessions(): Promise<string[]>;
  /** Notes them, if the lease is the holder's; resolves with whether it is. */
  noteSessions(holder: string, sessions: string[]): Promise<boolean>;
  /** Whether an event of a channel is stored under one of these keys. */
  hasKey(channel: string, keys: string[]): Promise<boolean>;
}

/** Reads the sessions as they are kept. */
export function parseSessions(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

export function encodeSessions(sessions: string[]): string {
  return sessions.join(' ');
}

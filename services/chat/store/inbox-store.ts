/** How long a lease lasts without a renewal. */
export const LEASE_MS = 5_000;

/** Which replica receives from devices, and which of their messages are stored already. */
export interface InboxStore {
  /**
   * Takes the lease for LEASE_MS, or renews it. Resolves with true when the holder has the lease.
   * The database's clock counts, so that different clocks of hosts do no harm.
   */
  hold(holder: string): Promise<boolean>;
  /** Gives the lease back, if the holder has it. */
  release(holder: string): Promise<void>;
  /** The names of the last MQTT sessions, the newest first. */
  sessions(): Promise<string[]>;
  /** Stores the sessions' names, if the holder has the lease. Resolves with whether it has. */
  noteSessions(holder: string, sessions: string[]): Promise<boolean>;
  /** Whether an event of a channel is stored under one of these keys. */
  hasKey(channel: string, keys: string[]): Promise<boolean>;
}

/** Reads the sessions' names as they are stored. */
export function parseSessions(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

export function encodeSessions(sessions: string[]): string {
  return sessions.join(' ');
}

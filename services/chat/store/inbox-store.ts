import type { Hold } from './lease.ts';

/** Which replica receives from devices, and which of their messages are stored already. */
export interface InboxStore {
  /** Takes or renews the lease of the inbox. */
  hold: Hold;
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

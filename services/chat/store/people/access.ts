import type { AuditDraft } from './audit.ts';

/** Who asks for a change of a channel's access. `account` is the id of its account, if it has one. */
export interface Actor {
  account: string | undefined;
  admin: boolean;
}

/** A member of a private channel: an account. */
export interface Member {
  id: string;
  username: string;
}

/** A channel with its members, who count while it is private. */
export interface ChannelAccess {
  channel: string;
  private: boolean;
  /** True for a direct channel, whose people never change. */
  direct: boolean;
  /** The id of the account that made the channel; empty when that account was removed. */
  maker: string | undefined;
  head: number;
  members: Member[];
}

/** A private channel, as services see it. `members` are ids of accounts. */
export interface PrivateChannel {
  channel: string;
  epoch: string;
  head: number;
  /** Time of the newest event, milliseconds since 1970 (UTC). */
  at: number;
  members: string[];
}

/**
 * A change of a channel's access: private or not, or one member more or less, asked for at a time in
 * milliseconds since 1970 (UTC). `audit` is kept when it changes something.
 */
export type AccessChange = { channel: string; by: Actor; at: number; audit?: AuditDraft } & (
  | { private: boolean }
  | { add: string }
  | { remove: string }
);

/** What a change has changed, or why it is refused. */
export type AccessOutcome =
  | { changed: 'private' | 'public' | 'members' | undefined }
  | { refused: 'not-found' | 'forbidden' | 'muted' | 'too-many-members' };

/** A person of a direct channel; `username` is null where there is no other person. */
export interface OtherRow {
  channel: string;
  username: string | null;
}

/** Groups rows by their channels, in their order. */
export function othersOf(rows: OtherRow[]): Map<string, string[]> {
  const others = new Map<string, string[]>();
  for (const { channel, username } of rows) {
    const known = others.get(channel) ?? [];
    others.set(channel, username === null ? known : [...known, username]);
  }
  return others;
}

/** Private channels and their members. */
export interface AccessStore {
  /** A channel that has a row, also without events. */
  find(channel: string): Promise<ChannelAccess | undefined>;
  /** Decides a change with the channel locked, and writes it. */
  change(change: AccessChange): Promise<AccessOutcome>;
  /**
   * The one direct channel of exactly these accounts, by their ids. It is made with the given name
   * and time (milliseconds since 1970, UTC) when there is none; `made` then.
   */
  direct(people: string[], name: string, at: number): Promise<{ channel: string; made: boolean }>;
  /** The names of the people of those of the channels that are direct, sorted, without an account. */
  othersIn(channels: string[], account: string): Promise<Map<string, string[]>>;
  /** Those of the channels that are private, also without events. */
  privateAmong(channels: string[]): Promise<PrivateChannel[]>;
}

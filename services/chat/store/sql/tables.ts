import type { EventKind } from '@parley/contract/events/event.ts';
import type { Generated } from 'kysely';
import type { OldNameRow } from '../channels/renaming.ts';
import type { AccountRow, SessionRow } from '../people/account-row.ts';
import type { AuditRow } from '../people/audit.ts';
import type { LinkRow } from '../people/links.ts';
import type { MuteRow } from '../people/mutes.ts';

/** The tables, for Kysely's types. The migrations of each dialect make them. */
export interface Tables {
  channel: {
    id: Generated<number>;
    name: string;
    epoch: string;
    head: number;
    /** Time of the newest event, milliseconds since 1970 (UTC). */
    at: number;
    /** As in `ChannelRow`. */
    closed: Generated<number>;
    /** The last end of its mutes, milliseconds since 1970 (UTC); 0 without one. */
    muted_until: Generated<number>;
    /** The newest message from before the index of words that is not in it yet; 0: all are in it. */
    unindexed: Generated<number>;
    /** 1 while only members may enter it. */
    private: Generated<number>;
    /** The id of the account that made it; empty when that account was removed. */
    maker: Generated<string | null>;
    /** Of a direct channel: the key of its people (`peopleKey`). */
    people: Generated<string | null>;
  };
  member: {
    channel_id: number;
    account_id: string;
  };
  mute: MuteRow;
  old_name: OldNameRow;
  link: LinkRow;
  event: {
    channel_id: number;
    seq: number;
    kind: EventKind;
    at: number;
    username: string;
    message: string;
    type: string | null;
    data: string | null;
    server: string;
    key: string | null;
    author: string | null;
    up: Generated<number>;
    down: Generated<number>;
    reactions: string | null;
    edited: number | null;
    deleted: Generated<number>;
    ref: number | null;
    digest: string | null;
    reply_to: number | null;
    replies: Generated<number>;
    mentions: string | null;
  };
  /** The accounts that message `seq` mentions; `*` for all. */
  mention: {
    channel_id: number;
    seq: number;
    account_id: string;
  };
  /** The account has read the channel up to the event `seq`. */
  read_position: {
    account_id: string;
    channel_id: number;
    seq: number;
  };
  /** The messages that reply to the message `ref`. */
  reply: {
    channel_id: number;
    ref: number;
    seq: number;
  };
  /** The index of messages' words. */
  search_message: {
    channel_id: number;
    at: number;
    seq: number;
    /** As the dialect writes them. */
    words: string;
  };
  vote: {
    channel_id: number;
    seq: number;
    voter: string;
    value: number;
  };
  reaction: {
    channel_id: number;
    seq: number;
    subject: string;
    emoji: string;
  };
  account: AccountRow;
  account_look: {
    /**
     * A look of the account's name (`looksOf`). When several accounts have it, the oldest owns it.
     */
    look: string;
    account_id: string;
  };
  session: SessionRow;
  audit: Omit<AuditRow, 'id'> & { id: Generated<number> };
  ticket: {
    hash: string;
    claims: string;
    expires_at: number;
  };
  lease: {
    name: string;
    holder: string;
    /** Milliseconds since 1970 (UTC), by the database's clock. */
    expires: number;
    /** Names of MQTT sessions with spaces between, the newest first. */
    sessions: string;
  };
}

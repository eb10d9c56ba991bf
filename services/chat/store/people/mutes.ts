import type { Side } from '@parley/contract/channels/topic.ts';
import type { AuditDraft } from './audit.ts';

/** An account that cannot write in a channel until a time, in milliseconds since 1970 (UTC). */
export interface Mute {
  channel: string;
  /** The subject of the account. */
  subject: string;
  username: string;
  until: number;
}

/** A row of `mute`. */
export interface MuteRow {
  channel_id: number;
  subject: string;
  username: string;
  until_at: number;
}

/** Mutes of one channel that are not over. */
export const MUTES_MAX = 1_000;

export type Muted = Side | false | 'renamed';

/**
 * The mutes of the channels. A channel's row has the last `until` of its mutes (`muted_until`): a
 * draft that is stored later than that looks for no mute.
 */
export interface MuteStore {
  /**
   * Mutes an account in a channel, in place of an earlier mute. The channel needs no event. Resolves
   * with the side on which members see the channel, with false when MUTES_MAX accounts are muted
   * there, or with `renamed` for the old name of a channel.
   */
  mute(mute: Mute, now: number, act?: AuditDraft): Promise<Muted>;
  /** Ends a mute. Resolves with that side, or with false when there is none. */
  unmute(place: Pick<Mute, 'channel' | 'subject'>, act?: AuditDraft): Promise<Side | false>;
  /** The mutes of one subject in some channels that are not over. */
  of(subject: string, channels: string[], now: number): Promise<Pick<Mute, 'channel' | 'until'>[]>;
  /** The mutes of a channel that are not over, in the order of the names. */
  list(channel: string, now: number): Promise<Pick<Mute, 'username' | 'until'>[]>;
}

import type { PrivateRights } from '../rights.ts';
import type { HooksInStore } from './in-store.ts';

/** How many hooks there may be. Each may hold some connections and some memory of its deliverer. */
export const HOOKS_MAX = 100;
/** How many set-aside events are kept of each hook; the oldest are removed. */
export const FAILURES_MAX = 10_000;
/** How long a lease on a hook lasts without a renewal. */
export const LEASE_MS = 5_000;

/**
 * What the administrator who made a hook may read: `public` are the patterns of public channels, null
 * for all.
 */
export interface Rights {
  public: string[] | null;
  private: PrivateRights;
}

/** A hook as an administrator describes it. */
export interface HookDraft {
  name: string;
  url: string;
  /** Names and patterns of channels. */
  channels: string[];
  /** Kinds of events, and types and patterns of types of typed events. */
  kinds: string[];
  /** The secret that signs; undefined keeps the one that the hook has. */
  secret: string | undefined;
  rights: Rights;
  /** The subject of the administrator's token, and its name. */
  by: string;
  byName: string;
  /** When it is made or changed, in milliseconds since 1970 (UTC). */
  at: number;
}

/** A hook as it is kept. `id` and `version` change when it is made anew and when it is changed. */
export interface Hook extends Omit<HookDraft, 'secret'> {
  id: string;
  version: number;
  secret: string;
  /** `ended`: the receiver answered 410, and nothing is delivered any more. */
  state: 'active' | 'ended';
  /** Why it ended; empty while it is active. */
  why: string;
  /** Events that were set aside since the hook was made. */
  setAside: number;
}

/** The last event of a channel that a hook's receiver has, or that was set aside. */
export interface HookPosition {
  channel: string;
  /** Empty when the channel had no event. */
  epoch: string;
  seq: number;
  /** When that event was stored, in milliseconds since 1970 (UTC); 0: not known. */
  at: number;
  /** Since when the receiver has accepted no event of the channel; 0: it accepted the last one. */
  since: number;
  /** How often the event after it failed. */
  tries: number;
  /** Before this time the event after it is not tried again. */
  retryAt: number;
  /** Why it failed the last time. */
  reason: string;
}

/** A position from which delivery begins. */
export type StartPosition = Pick<HookPosition, 'channel' | 'epoch' | 'seq' | 'at'>;

/** An event that was set aside. */
export interface Failure {
  id: number;
  channel: string;
  epoch: string;
  seq: number;
  /** The kind of the event, or the type of a typed event. */
  kind: string;
  /** When it was set aside. */
  at: number;
  tries: number;
  reason: string;
}

/** The holder of a hook's lease. What it writes after another has taken the lease is refused. */
export interface Holder {
  hookId: string;
  holder: string;
}

/**
 * What `put` did. `full`: there are HOOKS_MAX hooks. `changed-meanwhile`: the hook is not as it was at
 * `expected`.
 */
export type PutOutcome = { hook: Hook; isNew: boolean } | 'full' | 'changed-meanwhile';

export interface PutOptions {
  /** The hook as the caller has read it; undefined: there was none. */
  expected: Pick<Hook, 'id' | 'version'> | undefined;
  /** The secret of a new hook that is given none. */
  newSecret: string;
  /** Channels whose events are delivered from this position on. */
  start: StartPosition[];
  /** Channels that the hook no longer has; `all`: each one. */
  drop: string[] | 'all';
}

/** Hooks, and up to where each has delivered. */
export interface HookStore extends HooksInStore, AsyncDisposable {
  /** True when there may be hooks; false is known without opening a database. */
  mayHaveHooks(): boolean;
  /** All hooks in the order of their names. */
  list(): Promise<Hook[]>;
  find(name: string): Promise<Hook | undefined>;
  put(draft: HookDraft, options: PutOptions): Promise<PutOutcome>;
  /** Removes a hook with all that belongs to it. Resolves with false when there is none. */
  remove(name: string): Promise<boolean>;
  /** Takes the leases of active hooks that no other holder has, and renews the holder's own. */
  hold(holder: string): Promise<Hook[]>;
  /** Gives the leases back, so that another replica can take them at once. */
  release(holder: string): Promise<void>;
  /** Positions in some channels, without those that there are not. */
  positions(hookId: string, channels: string[]): Promise<HookPosition[]>;
  /** The position in the log of an epoch, under any name. */
  positionOfLog(hookId: string, epoch: string): Promise<HookPosition | undefined>;
  /** Gives a position the new name of its channel, in place of the position that is there. */
  move(holder: Holder, from: string, to: string): Promise<boolean>;
  /** A page of a hook's positions in the order of channels, those after `after`. */
  positionsAfter(hookId: string, after: string, limit: number): Promise<HookPosition[]>;
  /** The positions whose next event has failed, the longest first. */
  failing(hookId: string, limit: number): Promise<HookPosition[]>;
  /** Writes positions. Resolves with false, and writes nothing, when another has the lease. */
  save(holder: Holder, positions: HookPosition[]): Promise<boolean>;
  /** Lists an event as set aside, and writes the position after it, in one transaction. */
  setAside(holder: Holder, failure: Omit<Failure, 'id'>, position: HookPosition): Promise<boolean>;
  /** Ends a hook. */
  end(holder: Holder, why: string): Promise<boolean>;
  /** Set-aside events with ids above `after`, in rising order. */
  failures(hookId: string, after: number, limit: number): Promise<Failure[]>;
  /** Resolves when the store can be written. */
  check(): Promise<void>;
}

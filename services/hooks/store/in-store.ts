import type { PrivateRights } from '../rights.ts';
import type { AlertStore } from './alert-store.ts';

/** How many hooks there may be by which other programs post. */
export const HOOKS_IN_MAX = 1_000;

/** The senders whose form a hook can expect; `auto` finds it in each delivery. */
export const SENDERS = [
  'auto',
  'text',
  'slack',
  'github',
  'alertmanager',
  'grafana',
  'template',
] as const;

/** One of them. */
export type Sender = (typeof SENDERS)[number];
/** What a hook says about its sender. */
export interface SenderRules {
  sender: Sender;
  template: string | null;
  githubSecret: string | null;
}

/** A hook by which another program posts, as an administrator describes it. */
export interface HookInDraft extends SenderRules {
  name: string;
  channel: string;
  /** The name under which it posts. */
  username: string;
}

/** A hook as it is kept. A hook that is made anew after its removal has another `id`. */
export interface HookIn extends HookInDraft {
  id: string;
  /** SHA-256 of the secret in its address. */
  secretHash: string;
  /** When it was made or changed, in milliseconds since 1970 (UTC). */
  at: number;
  /** The administrator who made or changed it. */
  by: string;
  /** The private channels in which that administrator could post then. */
  rights: PrivateRights;
}

/** The hooks by which other programs post, and the messages of alerts. */
export interface HooksInStore extends AlertStore {
  /** All hooks in the order of their names. */
  listIn(): Promise<HookIn[]>;
  findIn(name: string): Promise<HookIn | undefined>;
  /**
   * Makes a hook, or changes the one of that name, which keeps its id and the secret of its address.
   * `full`: there are HOOKS_IN_MAX hooks.
   */
  putIn(hook: HookIn): Promise<{ hook: HookIn; isNew: boolean } | 'full'>;
  /** Removes a hook with its alerts. Resolves with false when there is none. */
  removeIn(name: string): Promise<boolean>;
}

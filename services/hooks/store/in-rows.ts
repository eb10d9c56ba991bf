import type { AlertProgress, AlertRow } from './alert-store.ts';
import type { HookIn, Sender } from './in-store.ts';

/** A row of `hook_in`. */
export interface HookInRow {
  id: string;
  name: string;
  channel: string;
  sender: string;
  template: string | null;
  username: string;
  secret_hash: string;
  github_secret: string | null;
  at: number;
  by_name: string;
  /** JSON; null in a row from before it was kept: no private channel. */
  rights: string | null;
}

/** A row of `hook_in_alert`. */
export interface HookInAlertRow {
  hook_id: string;
  episode: string;
  channel: string;
  username: string;
  text: string;
  resolved: number;
  round: number;
  seq: number;
  at: number;
}

export function hookInRow(hook: HookIn): HookInRow {
  const { id, name, channel, sender, template, username, at, by } = hook;
  const secrets = { secret_hash: hook.secretHash, github_secret: hook.githubSecret };
  const rights = JSON.stringify(hook.rights);
  return { id, name, channel, sender, template, username, at, by_name: by, rights, ...secrets };
}

export function asHookIn(row: HookInRow): HookIn {
  const { id, name, channel, template, username } = row;
  return {
    id,
    name,
    channel,
    sender: row.sender as Sender,
    template,
    username,
    secretHash: row.secret_hash,
    githubSecret: row.github_secret,
    at: Number(row.at),
    by: row.by_name,
    rights: JSON.parse(row.rights ?? '[]'),
  };
}

/** The columns of an alert that its message changes. */
export function progressColumns({ resolved, round, seq }: AlertProgress, at: number) {
  return { resolved: Number(resolved), round, seq, at };
}

/** The columns of an alert that a new round changes. */
export function alertColumns(row: AlertRow, at: number) {
  const { channel, username, text } = row;
  return { channel, username, text, ...progressColumns(row, at) };
}

export function asAlert(row: HookInAlertRow): AlertRow {
  const { channel, username, text } = row;
  const [resolved, round, seq] = [row.resolved, row.round, row.seq].map(Number);
  return { channel, username, text, resolved: resolved === 1, round: round ?? 0, seq: seq ?? 0 };
}

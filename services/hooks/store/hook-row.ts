import type { Failure, Hook, HookDraft, HookPosition, Rights, StartPosition } from './store.ts';

/** A row of `hook`, without its lease. Lists are JSON. */
export interface HookRow {
  id: string;
  name: string;
  url: string;
  channels: string;
  kinds: string;
  secret: string;
  rights: string;
  by_subject: string;
  by_name: string;
  at: number;
  state: string;
  why: string;
  version: number;
  set_aside: number;
}

export interface PositionRow {
  hook_id: string;
  channel: string;
  epoch: string;
  seq: number;
  at: number;
  since: number;
  tries: number;
  retry_at: number;
  reason: string;
}

export interface FailureRow {
  hook_id: string;
  channel: string;
  epoch: string;
  seq: number;
  kind: string;
  at: number;
  tries: number;
  reason: string;
}

/** The columns that a change of a hook writes. */
export type ChangedColumns = Omit<HookRow, 'id' | 'name' | 'secret' | 'set_aside' | 'version'>;

export function changedColumns(draft: HookDraft): ChangedColumns {
  return {
    url: draft.url,
    channels: JSON.stringify(draft.channels),
    kinds: JSON.stringify(draft.kinds),
    rights: JSON.stringify(draft.rights),
    by_subject: draft.by,
    by_name: draft.byName,
    at: draft.at,
    state: 'active',
    why: '',
  };
}

export function asHook(row: HookRow): Hook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    channels: JSON.parse(row.channels) as string[],
    kinds: JSON.parse(row.kinds) as string[],
    secret: row.secret,
    rights: JSON.parse(row.rights) as Rights,
    by: row.by_subject,
    byName: row.by_name,
    at: Number(row.at),
    state: row.state === 'ended' ? 'ended' : 'active',
    why: row.why,
    version: Number(row.version),
    setAside: Number(row.set_aside),
  };
}

export function positionRow(hookId: string, position: HookPosition): PositionRow {
  const { retryAt, ...fields } = position;
  return { hook_id: hookId, ...fields, retry_at: retryAt };
}

export function asPosition(row: PositionRow): HookPosition {
  return {
    channel: row.channel,
    epoch: row.epoch,
    seq: Number(row.seq),
    at: Number(row.at),
    since: Number(row.since),
    tries: Number(row.tries),
    retryAt: Number(row.retry_at),
    reason: row.reason,
  };
}

export function failureRow(hookId: string, failure: Omit<Failure, 'id'>): FailureRow {
  const { channel, epoch, seq, kind, at, tries, reason } = failure;
  return { hook_id: hookId, channel, epoch, seq, kind, at, tries, reason };
}

export function asFailure(row: FailureRow & { id: number }): Failure {
  const { hook_id: _, ...failure } = row;
  return failure;
}

/** A position of a channel from which delivery begins. */
export function startPosition(start: StartPosition): HookPosition {
  return { ...start, since: 0, tries: 0, retryAt: 0, reason: '' };
}

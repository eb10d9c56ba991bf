import type { Generated } from 'kysely';
import type { FailureRow, HookRow, PositionRow } from '../hook-row.ts';
import type { HookInAlertRow, HookInRow } from '../in-rows.ts';

/** The tables as Kysely knows them; the migrations of each dialect create them. */
export interface Tables {
  hook: HookRow & { holder: Generated<string>; expires: Generated<number> };
  hook_position: PositionRow;
  hook_in: HookInRow;
  hook_in_alert: HookInAlertRow;
  hook_failure: FailureRow & { id: Generated<number> };
}

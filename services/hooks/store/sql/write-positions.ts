import { inStatements } from '@parley/store/sql/in-statements.ts';
import type { Kysely } from 'kysely';
import { type PositionRow, positionRow } from '../hook-row.ts';
import type { HookPosition } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';

const STATEMENTS = {
  limit: 131_072,
  bytesOf: ({ channel, reason }: PositionRow) => 200 + 4 * (channel.length + reason.length),
};

/** Writes positions in the transaction that is given. */
export async function writePositions(
  writing: Kysely<Tables>,
  dialect: SqlDialect,
  { hookId, positions }: { hookId: string; positions: HookPosition[] },
): Promise<void> {
  const rows = positions.map((position) => positionRow(hookId, position));
  for (const some of inStatements(rows, STATEMENTS)) {
    await dialect.orReplace(writing.insertInto('hook_position').values(some)).execute();
  }
}

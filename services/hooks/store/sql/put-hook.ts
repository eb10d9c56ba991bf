import type { Kysely } from 'kysely';
import { asHook, changedColumns, type HookRow, startPosition } from '../hook-row.ts';
import { newHookId } from '../new-hook-id.ts';
import { HOOKS_MAX, type HookDraft, type PutOptions, type PutOutcome } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';
import { writePositions } from './write-positions.ts';

/** Names in one statement. */
const NAMES_AT_ONCE = 500;

/** Makes or changes a hook in the transaction that is given. */
export async function putHook(
  writing: Kysely<Tables>,
  dialect: SqlDialect,
  { draft, options }: { draft: HookDraft; options: PutOptions },
): Promise<PutOutcome> {
  const { expected, newSecret, start, drop } = options;
  const find = () =>
    writing.selectFrom('hook').selectAll().where('name', '=', draft.name).executeTakeFirst();
  const now = await writing
    .selectFrom('hook')
    .selectAll()
    .where('name', '=', draft.name)
    .forUpdate()
    .executeTakeFirst();
  if (now?.id !== expected?.id || (now && Number(now.version) !== expected?.version))
    return 'changed-meanwhile';
  const id = now?.id ?? newHookId();
  const secret = draft.secret ?? now?.secret ?? newSecret;
  const columns = { ...changedColumns(draft), secret };
  if (now) {
    const version = Number(now.version) + 1;
    await writing
      .updateTable('hook')
      .set({ ...columns, version })
      .where('id', '=', id)
      .execute();
  } else {
    const { hooks } = await writing
      .selectFrom('hook')
      .select(({ fn }) => fn.countAll().as('hooks'))
      .executeTakeFirstOrThrow();
    if (Number(hooks) >= HOOKS_MAX) return 'full';
    const row = { ...columns, id, name: draft.name, version: 1, set_aside: 0 };
    await writing.insertInto('hook').values(row).execute();
  }
  await dropPositions(writing, id, drop);
  await writing
    .updateTable('hook_position')
    .set({ retry_at: 0 })
    .where('hook_id', '=', id)
    .where('since', '>', 0)
    .execute();
  await writePositions(writing, dialect, { hookId: id, positions: start.map(startPosition) });
  return { hook: asHook((await find()) as HookRow), isNew: !now };
}

async function dropPositions(
  writing: Kysely<Tables>,
  id: string,
  drop: string[] | 'all',
): Promise<void> {
  const ofHook = () => writing.deleteFrom('hook_position').where('hook_id', '=', id);
  if (drop === 'all') {
    await ofHook().execute();
    return;
  }
  for (let i = 0; i < drop.length; i += NAMES_AT_ONCE) {
    await ofHook()
      .where('channel', 'in', drop.slice(i, i + NAMES_AT_ONCE))
      .execute();
  }
}

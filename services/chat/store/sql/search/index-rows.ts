import { inStatements } from '@parley/store/sql/in-statements.ts';
import type { Kysely, Transaction } from 'kysely';
import { indexedWords } from '../../../search/indexed-words.ts';
import type { StoredRow } from '../../event-row.ts';
import type { Indexed } from '../../search.ts';
import { type SqlDialect, STATEMENT_BYTES } from '../dialect.ts';
import type { Tables } from '../tables.ts';

type Writing = Transaction<Tables>;
type Row = Pick<StoredRow, 'seq' | 'kind' | 'at' | 'username' | 'message' | 'deleted'>;

/** A row of `event` in a channel. */
export interface PlacedRow {
  channelId: number;
  row: Row;
}

/** Bytes of a row's columns beside its words. */
const ROW_BYTES = 128;

/** Adds messages to the index of words, in the transaction of their events. */
export async function addToIndex(
  writing: Writing,
  { words, unlessThere }: SqlDialect,
  rows: PlacedRow[],
): Promise<number> {
  const texts = rows.flatMap(({ channelId, row }) => {
    const indexed = indexedWords(row);
    return indexed ? [{ channelId, row, text: words.textOf(channelId, indexed) }] : [];
  });
  const bytesOf = ({ text }: { text: string }) => Buffer.byteLength(text) + ROW_BYTES;
  for (const some of inStatements(texts, { limit: STATEMENT_BYTES, bytesOf })) {
    const values = some.map(({ channelId, row: { at, seq }, text }) => ({
      channel_id: channelId,
      at,
      seq,
      words: words.asColumn(text),
    }));
    await unlessThere(writing.insertInto('search_message').values(values)).execute();
  }
  return texts.length;
}

/** Replaces the words of an edited message, and removes those of a deleted one. */
export async function changeInIndex(
  writing: Writing,
  { words }: SqlDialect,
  { channelId, row }: PlacedRow,
): Promise<void> {
  const indexed = indexedWords(row);
  const isRow = { channel_id: channelId, at: row.at, seq: row.seq };
  if (!indexed) {
    await writing
      .deleteFrom('search_message')
      .where(({ and }) => and(isRow))
      .execute();
    return;
  }
  await writing
    .updateTable('search_message')
    .set({ words: words.asColumn(words.textOf(channelId, indexed)) })
    .where(({ and }) => and(isRow))
    .execute();
}

/** Adds a channel's newest messages from before the index, while its row is locked. */
export function indexMissing(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  { channel, limit }: { channel: string; limit: number },
): Promise<Indexed> {
  return database
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (writing) => {
      const found = await writing
        .selectFrom('channel')
        .select(['id', 'unindexed'])
        .where('name', '=', channel)
        .forUpdate()
        .executeTakeFirst();
      if (!found || found.unindexed === 0) return { added: 0, done: true };
      const rows = await writing
        .selectFrom('event')
        .select(['seq', 'kind', 'at', 'username', 'message', 'deleted'])
        .where('channel_id', '=', found.id)
        .where('seq', '<=', found.unindexed)
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      const placed = rows.map((row) => ({ channelId: found.id, row }));
      const added = await addToIndex(writing, dialect, placed);
      const left = rows.length < limit ? 0 : (rows.at(-1)?.seq ?? 1) - 1;
      await writing
        .updateTable('channel')
        .set({ unindexed: left })
        .where('id', '=', found.id)
        .execute();
      return { added, done: left === 0 };
    });
}

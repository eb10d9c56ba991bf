import type { Generated } from 'kysely';
import type { DeadLetterRow, RecordRow } from '../numbering.ts';

/** The tables as Kysely knows them; the migrations of each dialect create them. */
export interface Tables {
  catalog_feed: { id: Generated<number>; name: string; head: number; dead: number };
  catalog_stream: { id: Generated<number>; name: string; created: string };
  catalog_record: RecordRow;
  catalog_dead_letter: DeadLetterRow;
}

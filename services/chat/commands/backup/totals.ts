import { createHash } from 'node:crypto';
import type { Totals } from './backup-file.ts';

/** Runs a query. Numbers may come as texts. */
type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/**
 * Counts what a store has. The digest is made of the number of rows of every table, and of each
 * channel's events: their number, the length of their texts, and a mix of numbers and times.
 */
export async function countAll(
  query: Query,
  { tables, characters }: { tables: string[]; characters: 'length' | 'char_length' },
): Promise<Totals> {
  const channels = await query(
    `SELECT c.name, c.head, count(e.seq) AS events, sum(${characters}(e.message)) AS characters,
       sum((e.seq % 9973) * (e.at % 9973)) AS mix, sum(e.up - e.down) AS votes
     FROM channel c LEFT JOIN event e ON e.channel_id = c.id GROUP BY c.id, c.name, c.head`,
  );
  const lines = channels.map(({ name, head, events, characters: texts, mix, votes }) =>
    [name, ...[head, events, texts, mix, votes].map(Number)].join(' '),
  );
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const [row] = await query(`SELECT count(*) AS n FROM ${table}`);
    counts[table] = Number(row?.n);
    lines.push(`${table} ${counts[table]}`);
  }
  const digest = createHash('sha256').update(lines.sort().join('\n')).digest('hex');
  return {
    channels: channels.length,
    events: channels.reduce((sum, { events }) => sum + Number(events), 0),
    accounts: counts.account ?? 0,
    digest,
  };
}

/** A backup's or a store's content, for people. */
export function describeTotals({ channels, events, accounts }: Totals): string {
  return `${channels} channels, ${events} events and ${accounts} accounts`;
}

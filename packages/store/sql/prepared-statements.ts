import { createHash } from 'node:crypto';
import type pg from 'pg';

/** A statement whose text begins with this is prepared: PostgreSQL parses and plans it once. */
export const PREPARE = '/* prepare */';

/**
 * How PostgreSQL refuses a name before it runs anything (its manual, appendix A).
 * invalid_sql_statement_name and duplicate_prepared_statement: a pooler gives each transaction
 * another session. feature_not_supported: the types of the result are no longer those that were
 * prepared.
 */
const REFUSALS = new Set(['26000', '42P05', '0A000']);

interface Statement {
  name: string;
  text: string;
}

/** Names the statements of a pool that are to be prepared, until a name is refused. */
export class PreparedStatements {
  /** By text. Few texts begin with PREPARE. */
  readonly #known = new Map<string, { uses: number; usesMax: number; statement: Statement }>();
  readonly #onRefused: (error: Error) => void;
  #refused = false;

  /** `onRefused` is called once, for the first name that is refused. */
  constructor(onRefused: (error: Error) => void) {
    this.#onRefused = onRefused;
  }

  /** Makes a connection prepare its statements. */
  useOn(connection: pg.Client): void {
    const query: (sql: string | pg.QueryConfig, values?: unknown[]) => Promise<unknown> =
      connection.query.bind(connection);
    const preparing = async (sql: string, values: unknown[] = []) => {
      const statement = this.find(sql);
      if (statement === undefined) return query(sql, values);
      try {
        return await query({ ...statement, values });
      } catch (error) {
        if (refusesName(error)) this.#refuse(error as Error);
        throw error;
      }
    };
    connection.query = preparing as typeof connection.query;
  }

  /**
   * The name and text to send for a statement, or undefined if it is not prepared. The name is a
   * hash of the text, so no session runs another text under that name. A plan suits the tables'
   * sizes when it was made, so a statement is prepared anew after 4 uses, 16 more, 64 more, and so
   * on: PostgreSQL itself plans anew only when it has counted the rows.
   */
  find(text: string): Statement | undefined {
    if (this.#refused || !text.startsWith(PREPARE)) return undefined;
    let known = this.#known.get(text);
    if (known === undefined || known.uses === known.usesMax) {
      const usesMax = 4 * (known?.usesMax ?? 1);
      known = { uses: 0, usesMax, statement: nameByHash(`${text} /* ${usesMax} */`) };
      this.#known.set(text, known);
    }
    known.uses += 1;
    return known.statement;
  }

  /** From now on no statement is prepared. */
  #refuse(error: Error): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#onRefused(error);
  }
}

/** True for an error that refuses a name. Then nothing was stored. */
export const refusesName = (error: unknown) =>
  REFUSALS.has(String((error as { code?: unknown }).code));

const nameByHash = (text: string): Statement => ({
  name: `parley_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`,
  text,
});

import { Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { MIGRATION_LIMIT_MS, type SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';

/**
 * Brings a database up to date. Kysely holds a lock in the database meanwhile, so that any number
 * of replicas may start at once. @throws what the database refuses
 */
export async function migrate(dialect: SqlDialect): Promise<void> {
  const limits = { connections: 1, statementMs: MIGRATION_LIMIT_MS };
  await using database = new Kysely<Tables>({ dialect: dialect.open(limits) });
  const migrations = Object.entries(dialect.migrations).map(
    ([name, statements]): [string, Migration] => [name, { up: (on) => executeAll(on, statements) }],
  );
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => Object.fromEntries(migrations) },
    migrationTableName: 'parley_migration',
    migrationLockTableName: 'parley_migration_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function executeAll(database: Kysely<unknown>, statements: string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

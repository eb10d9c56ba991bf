import { Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { MIGRATION_LIMIT_MS, type SqlServer } from './sql-server.ts';

/**
 * Brings a database up to date: the statements of each migration, in order. Kysely holds a lock in
 * the database meanwhile, so that any number of replicas may start at once. What is done stands in a
 * table of that name, so that several services may share a database. @throws what the database refuses
 */
export async function migrate(
  server: SqlServer,
  { table, migrations }: { table: string; migrations: Record<string, string[]> },
): Promise<void> {
  const limits = { connections: 1, statementMs: MIGRATION_LIMIT_MS };
  await using database = new Kysely<unknown>({ dialect: server.open(limits) });
  const steps = Object.entries(migrations).map(([name, statements]): [string, Migration] => [
    name,
    { up: (on) => executeAll(on, statements) },
  ]);
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => Object.fromEntries(steps) },
    migrationTableName: table,
    migrationLockTableName: `${table}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function executeAll(database: Kysely<unknown>, statements: string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

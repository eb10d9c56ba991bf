import { Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { MIGRATION_LIMIT_MS, type SqlServer } from './sql-server.ts';

/** A statement, or work that needs more than SQL. */
export type MigrationStep = string | ((database: Kysely<unknown>) => Promise<void>);

/**
 * Brings a database up to date: runs the steps of each migration, in order. It holds a lock in the
 * database meanwhile, so that any number of replicas may start at once. `table` is the name of the
 * table that lists the migrations that are done: several services may share a database, each with
 * its own table. @throws the database's error
 */
export async function migrate(
  server: SqlServer,
  { table, migrations }: { table: string; migrations: Record<string, MigrationStep[]> },
): Promise<void> {
  const limits = { connections: 1, statementMs: MIGRATION_LIMIT_MS };
  await using database = new Kysely<unknown>({ dialect: server.open(limits) });
  const steps = Object.entries(migrations).map(([name, all]): [string, Migration] => [
    name,
    { up: (on) => takeAll(server, on, all) },
  ]);
  await server.migrating(database, async (on) => {
    const migrator = new Migrator({
      db: on,
      provider: { getMigrations: async () => Object.fromEntries(steps) },
      migrationTableName: table,
      migrationLockTableName: `${table}_lock`,
    });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
  });
}

async function takeAll(
  server: SqlServer,
  database: Kysely<unknown>,
  steps: MigrationStep[],
): Promise<void> {
  for (const step of steps) {
    if (typeof step === 'string') await take(server, database, step);
    else await step(database);
  }
}

async function take(server: SqlServer, database: Kysely<unknown>, step: string): Promise<void> {
  try {
    await sql.raw(step).execute(database);
  } catch (error) {
    if (!server.isDone?.(error, step)) throw error;
  }
}

import { startPostgres } from '@parley/testkit/databases/databases.ts';
import type { Place } from './parley.ts';
import { startParts } from './parts.ts';
import type { LoadTarget } from './system-under-test.ts';

/** Parley's services as separate processes on one PostgreSQL, which syncs every commit. */
export interface Replicas extends LoadTarget, AsyncDisposable {
  /** A folder on the disk that holds all data. */
  dataDir: string;
}

/** Starts PostgreSQL, the broker, three chats and a broadcast. Resolves when all are ready. */
export async function startReplicas(place: Place): Promise<Replicas> {
  await using building = new AsyncDisposableStack();
  const database = building.use(await startPostgres({ parent: place.sandbox.dir }));
  const storeUrl = await database.create('bench');
  const parts = building.use(await startParts(place, { storeUrl, chats: 3 }));
  const stack = building.move();
  return {
    ...parts.readAt(parts.broadcasts[0]),
    dataDir: parts.folder,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

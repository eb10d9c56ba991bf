import { ChatError } from '@parley/contract/problem.ts';
import type { OpenedStore } from './opened-store.ts';
import type { Appended, Draft } from './store.ts';

const NUL_REFUSED: Appended = { outcome: 'refused', reason: 'malformed-request' };

type Call = (...values: unknown[]) => Promise<unknown>;

/**
 * Wraps a store so that it refuses text with U+0000, which PostgreSQL can neither store nor
 * compare. Each call with such text rejects with a ChatError of status 400. A batch of drafts
 * refuses the drafts that have it and stores the others.
 */
export function refuseNul(store: OpenedStore): OpenedStore {
  return {
    ...refusing(store),
    append: (batch) => appendWithoutNul(store, batch),
    accounts: refusing(store.accounts),
    audit: refusing(store.audit),
    inbox: refusing(store.inbox),
    links: refusing(store.links),
    mutes: refusing(store.mutes),
    readPositions: refusing(store.readPositions),
    access: refusing(store.access),
    removal: refusing(store.removal),
    renaming: refusing(store.renaming),
    search: refusing(store.search),
    tickets: refusing(store.tickets),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** The same calls, refused when a value contains U+0000. */
function refusing<T extends object>(calls: T): T {
  const wrapped = Object.entries(calls).map(([name, call]: [string, Call]) => [
    name,
    async (...values: unknown[]) => {
      if (holdsNul(values)) {
        throw new ChatError('malformed-request', 'No text can contain U+0000; remove it.');
      }
      return call(...values);
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

async function appendWithoutNul(store: OpenedStore, batch: Draft[]): Promise<Appended[]> {
  if (!holdsNul(batch)) return store.append(batch);
  const others = batch.filter((draft) => !holdsNul(draft));
  const results = (others.length === 0 ? [] : await store.append(others)).values();
  return batch.map((draft) => (holdsNul(draft) ? NUL_REFUSED : results.next().value) as Appended);
}

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);
}

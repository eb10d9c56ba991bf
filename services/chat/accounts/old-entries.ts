import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import type { AuditStore } from '../store/people/audit.ts';
import type { LinkStore } from '../store/people/links.ts';
import type { AccountConfig } from './settings.ts';

const PERIOD_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Entries that are kept of the acts of administrators, however new they are: some 100 MB. */
const ENTRIES_MAX = 500_000;

/** Removes the oldest acts of administrators, and links that have expired, every hour. Disposing of it waits for the work under way. */
export function startRemovingEntries(
  { auditDays }: Pick<AccountConfig, 'auditDays'>,
  {
    audit,
    links,
    log,
    clock,
  }: { audit: AuditStore; links: LinkStore; log: Log; clock: () => number },
): AsyncDisposable {
  const stop = new AbortController();
  const trim = async () => {
    const before = auditDays > 0 ? clock() - auditDays * DAY_MS : 0;
    await audit.trim({ before, keep: ENTRIES_MAX });
    await links.removeExpired(clock());
  };
  const running = repeat(trim, {
    signal: stop.signal,
    pauseMs: PERIOD_MS,
    onFailure: (err) =>
      log.warn({ err }, 'accounts: removing old acts and links failed; it is tried again'),
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

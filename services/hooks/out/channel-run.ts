import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { HookMetrics } from '../metrics.ts';
import type { Hook, HookPosition, HookStore } from '../store/store.ts';
import { type DueEvent, readDue } from './due-events.ts';
import type { HookLog } from './hook-log.ts';
import { nextTry, triedFrom } from './next-try.ts';
import { LeaseLost, type SavedPositions } from './saved-positions.ts';
import type { Outcome } from './send.ts';

/** Without events before, and without failures. */
const FRESH = { epoch: '', seq: 0, at: 0, since: 0, tries: 0, retryAt: 0, reason: '' };

/** How a run ended: `more` events may wait, the next event is tried at `retryAt`, or the hook has ended. */
export type RunEnd = { more: boolean } | { retryAt: number } | 'ended';

/** Events of the log are still delivered under the channel's former name. */
export class FormerUnderWay extends Error {}

export interface RunParts {
  hook: Hook;
  holder: string;
  log: HookLog;
  store: HookStore;
  saved: SavedPositions;
  metrics: HookMetrics;
  wants: (event: ChatEvent) => boolean;
  /** True while a run of the channel has not ended. */
  isUnderWay(channel: string): boolean;
  /** Posts an event. @throws LeaseLost when another may have the lease */
  post(event: DueEvent): Promise<Outcome>;
  /** Called with the time at which the next event was stored. */
  onNext(channel: string, storedAt: number): void;
  clock: () => number;
  retryMs: number;
}

/**
 * Delivers some events of a channel, one after the other, from the position in the store. The last
 * position is in the store when it resolves.
 */
export async function runChannel(channel: string, parts: RunParts): Promise<RunEnd> {
  const { hook, holder, store, saved, metrics } = parts;
  const [stored] = await store.positions(hook.id, [channel]);
  let position: HookPosition = stored ?? { channel, ...FRESH };
  const now = parts.clock();
  const retryAt = triedFrom(position, now);
  if (retryAt > now) return { retryAt };
  const holding = { hookId: hook.id, holder };
  const renamed = async (epoch: string) => {
    const former = await store.positionOfLog(hook.id, epoch);
    if (!former) return undefined;
    if (parts.isUnderWay(former.channel)) throw new FormerUnderWay();
    if (!(await store.move(holding, former.channel, channel))) throw new LeaseLost();
    return { ...former, channel };
  };
  const due = await readDue(position, { ...parts, renamed });
  if (!due) {
    // What failed is gone with its channel, or may not be read any more.
    if (position.tries > 0) await saved.save({ ...position, since: 0, tries: 0, reason: '' });
    return { more: false };
  }
  position = due.from;
  for (const event of due.events) {
    parts.onNext(channel, event.at);
    const outcome = await parts.post(event);
    if (outcome.result === 'gone') {
      await saved.save(position);
      await store.end(holding, 'The receiver answered 410.');
      return 'ended';
    }
    if (outcome.result === 'failed') return await keepFailure({ position, event, outcome }, parts);
    metrics.deliveries.inc();
    const { epoch, seq, at } = event;
    position = { channel, ...FRESH, epoch, seq, at };
    saved.put(position);
  }
  const { epoch, seq, at } = due.to;
  await saved.save({ ...position, epoch, seq, at });
  return { more: due.more };
}

interface FailedEvent {
  position: HookPosition;
  event: DueEvent;
  outcome: Extract<Outcome, { result: 'failed' }>;
}

/** Keeps when an event is tried again, or sets it aside, so that the channel goes on. */
async function keepFailure(
  { position, event, outcome }: FailedEvent,
  { hook, holder, store, saved, metrics, clock, retryMs }: RunParts,
): Promise<RunEnd> {
  metrics.failures.inc({ reason: outcome.reason });
  const now = clock();
  const { retryAfterMs, text: reason } = outcome;
  const since = position.since || now;
  const tries = position.tries + 1;
  const failed = { position, storedAt: event.at, now, retryAfterMs, retryMs };
  const retryAt = nextTry({ ...failed, random: Math.random() });
  const changed = { ...position, since, tries, retryAt: retryAt ?? 0, reason };
  await saved.save(changed);
  if (retryAt !== undefined) return { retryAt };
  const { channel } = position;
  const { epoch, seq, at, kind } = event;
  const after = { ...changed, epoch, seq, at, tries: 0 };
  const failure = { channel, epoch, seq, kind, at: now, tries, reason };
  if (await store.setAside({ hookId: hook.id, holder }, failure, after)) metrics.setAside.inc();
  return { more: true };
}

import type { ChatEvent } from '@parley/contract/events/event.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { PostDraft } from '../../store/store.ts';
import { type ImportOptions, refusal } from './import.ts';
import { type LeftOut, parseLog } from './parse-log.ts';
import { channelOf } from './parse-transcript.ts';

/** How the name of a file ends that holds a log. */
export const LOG_ENDING = '.ndjson';

const BATCH = 500;
/** A transaction is not longer for events with much data. */
const BATCH_BYTES = 1_048_576;

/** The result of an import: how many events were stored, and how many were left out, by reason. */
export interface LogImport {
  stored: number;
  leftOut: Map<LeftOut | typeof EDITED, number>;
}

const EDITED = 'messages edited since an earlier import';

interface Batch {
  drafts: PostDraft[];
  /** The places of the drafts in the file. */
  places: string[];
  bytes: number;
}

/**
 * Appends the messages and typed events of a log `<channel>.ndjson` to its channel, with their
 * times, names, texts and data. The whole file is checked before its first line is stored.
 * Importing a file again stores nothing, and of a file that has grown only the new lines. An event
 * that is in the channel itself is not stored again.
 * @throws TranscriptError for a file that cannot be read, a name or a line that is malformed, or a
 * channel that is closed
 */
export async function importLog(
  store: OpenedStore,
  file: string,
  { server, progress }: Pick<ImportOptions, 'server' | 'progress'>,
): Promise<LogImport> {
  const channel = channelOf(file, LOG_ENDING);
  let lines = 0;
  for await (const _ of parseLog(file, channel)) lines++;
  const range = {
    channel,
    viewer: EVERY_PRIVATE_CHANNEL,
    after: 0,
    before: 1,
    limit: 1,
    newest: false,
  };
  const { epoch } = await store.page(range);
  const result: LogImport = { stored: 0, leftOut: new Map() };
  let batch = emptyBatch();
  let done = 0;
  for await (const { where, event, draft } of parseLog(file, channel)) {
    done++;
    if (typeof draft === 'string') count(result, draft);
    else if (event.epoch !== epoch || !(await isStored(store, channel, event))) {
      batch.drafts.push({ ...draft, server, viewer: EVERY_PRIVATE_CHANNEL, key: keyOf(event) });
      batch.places.push(where);
      batch.bytes += draft.data?.length ?? 0;
    }
    if (batch.drafts.length < BATCH && batch.bytes < BATCH_BYTES) continue;
    await append(store, batch, result);
    batch = emptyBatch();
    progress?.(done, lines);
  }
  await append(store, batch, result);
  progress?.(lines, lines);
  return result;
}

const emptyBatch = (): Batch => ({ drafts: [], places: [], bytes: 0 });

/**
 * The key of an event of another log. It has the time, since a log that was restored from a backup
 * may give a number twice. It begins with a space, which no key of a client has.
 */
const keyOf = ({ id, at }: ChatEvent) => ` import ${id} ${at}`;

/** True when the channel has this very event: the file is an export of this log. */
async function isStored(store: OpenedStore, channel: string, event: ChatEvent): Promise<boolean> {
  const { kind, at, seq } = event;
  const range = { channel, viewer: EVERY_PRIVATE_CHANNEL, after: seq - 1, before: seq + 1 };
  const { events } = await store.page({ ...range, limit: 1, newest: false });
  return events.some((found) => found.kind === kind && found.at === at);
}

async function append(
  store: OpenedStore,
  { drafts, places }: Batch,
  result: LogImport,
): Promise<void> {
  if (drafts.length === 0) return;
  for (const [i, appended] of (await store.append(drafts)).entries()) {
    if (appended.outcome === 'stored') result.stored++;
    if (appended.outcome !== 'refused') continue;
    // The text of a message is the only thing that may differ under the same key.
    if (appended.reason !== 'idempotency-mismatch') throw refusal(places[i] ?? '', appended.reason);
    count(result, EDITED);
  }
}

function count({ leftOut }: LogImport, what: LeftOut | typeof EDITED): void {
  leftOut.set(what, (leftOut.get(what) ?? 0) + 1);
}

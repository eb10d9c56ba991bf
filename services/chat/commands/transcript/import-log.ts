import type { ChatEvent } from '@parley/contract/events/event.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { PostDraft } from '../../store/store.ts';
import { type ImportOptions, refusal } from './import.ts';
import { type LeftOut, type LogLine, parseLog } from './parse-log.ts';
import { channelOf } from './parse-transcript.ts';

/** How the name of a file ends that holds a log. */
export const LOG_ENDING = '.ndjson';

const BATCH = 500;
/** A transaction is not longer for events with much data. */
const BATCH_BYTES = 1_048_576;

/** The result of an import: how many events were stored, and how many were left out, by reason. */
export interface LogImport {
  stored: number;
  leftOut: Map<Counted, number>;
}

const DIFFERENT = 'messages that differ from an earlier import';
const PARENTS = 'parents of replies';
type Counted = LeftOut | typeof DIFFERENT | typeof PARENTS;

/**
 * Appends the messages and typed events of a log `<channel>.ndjson` to its channel, with their
 * times, names, texts and data. The whole file is checked before its first line is stored.
 * Importing a file again stores nothing, and of a file that has grown only the new lines. An event
 * that is in the channel itself is not stored again.
 * @throws PlainError for a file that cannot be read, a name or a line that is malformed, or a
 * channel that is closed
 */
export async function importLog(
  store: OpenedStore,
  file: string,
  { server, progress }: Pick<ImportOptions, 'server' | 'progress'>,
): Promise<LogImport> {
  const channel = channelOf(file, LOG_ENDING);
  let lines = 0;
  const parents = new Set<number>();
  for await (const { event } of parseLog(file, channel)) {
    lines++;
    const parent = parentOf(event);
    if (parent !== undefined) parents.add(parent);
  }
  const importer = new LogImporter(store, { channel, server, parents });
  let done = 0;
  for await (const line of parseLog(file, channel)) {
    done++;
    if (await importer.add(line)) progress?.(done, lines);
  }
  await importer.store();
  progress?.(lines, lines);
  return importer.result;
}

/** Stores the lines of one log in its channel, some at a time. */
class LogImporter {
  readonly result: LogImport = { stored: 0, leftOut: new Map() };
  readonly #store: OpenedStore;
  readonly #channel: string;
  readonly #server: string;
  /** The messages of the file that others reply to. */
  readonly #parents: ReadonlySet<number>;
  /** The seq in the channel of those parents that are there, by their seq in the file. */
  readonly #stored = new Map<number, number>();
  /** That of the channel before the import; null when there was none. */
  #epoch: string | null | undefined;
  /** The next lines to store, and their drafts. */
  #lines: LogLine[] = [];
  #drafts: PostDraft[] = [];
  #bytes = 0;

  constructor(
    store: OpenedStore,
    { channel, server, parents }: { channel: string; server: string; parents: Set<number> },
  ) {
    this.#store = store;
    this.#channel = channel;
    this.#server = server;
    this.#parents = parents;
  }

  /** Adds a line. True: lines were stored. */
  async add(line: LogLine): Promise<boolean> {
    const { event, draft } = line;
    if (typeof draft === 'string') this.#count(draft);
    else if (await this.#isStored(event)) this.#keepParent(event, event.seq);
    else {
      const reply = await this.#replyTo(event);
      this.#drafts.push({
        ...draft,
        ...reply,
        server: this.#server,
        viewer: EVERY_PRIVATE_CHANNEL,
        key: keyOf(event),
      });
      this.#lines.push(line);
      this.#bytes += draft.data?.length ?? 0;
    }
    if (this.#lines.length < BATCH && this.#bytes < BATCH_BYTES) return false;
    await this.store();
    return true;
  }

  /** Stores the lines that were added. @throws PlainError for a channel that is closed */
  async store(): Promise<void> {
    const lines = this.#lines;
    const appended = lines.length > 0 ? await this.#store.append(this.#drafts) : [];
    this.#lines = [];
    this.#drafts = [];
    this.#bytes = 0;
    for (const [i, { where, event }] of lines.entries()) {
      const one = appended[i];
      if (one?.outcome === 'stored') this.result.stored++;
      if (one?.outcome !== 'refused') {
        if (one && 'event' in one) this.#keepParent(event, one.event.seq);
        continue;
      }
      if (one.reason !== 'idempotency-mismatch') throw refusal(where, one.reason);
      this.#count(DIFFERENT);
      this.#keepParent(event, one.seq);
    }
  }

  /** What a reply replies to; nothing when that message is not in the channel. */
  async #replyTo(event: ChatEvent): Promise<{ replyTo?: number }> {
    const parent = parentOf(event);
    if (parent === undefined) return {};
    if (this.#lines.some(({ event }) => event.seq === parent)) await this.store();
    const replyTo = this.#stored.get(parent);
    if (replyTo !== undefined) return { replyTo };
    this.#count(PARENTS);
    return {};
  }

  #keepParent({ kind, seq }: ChatEvent, stored = 0): void {
    if (kind === 'message' && stored > 0 && this.#parents.has(seq)) this.#stored.set(seq, stored);
  }

  /** True when the channel has this very event: the file is an export of this log. */
  async #isStored({ epoch, kind, at, seq }: ChatEvent): Promise<boolean> {
    if (this.#epoch === undefined) this.#epoch = (await this.#page(0)).epoch;
    if (epoch !== this.#epoch) return false;
    const { events } = await this.#page(seq - 1);
    return events.some((found) => found.kind === kind && found.at === at);
  }

  /** The event after one, if the channel has it. */
  #page(after: number) {
    const range = { after, before: after + 2, limit: 1, newest: false };
    return this.#store.page({ channel: this.#channel, viewer: EVERY_PRIVATE_CHANNEL, ...range });
  }

  #count(what: Counted): void {
    const { leftOut } = this.result;
    leftOut.set(what, (leftOut.get(what) ?? 0) + 1);
  }
}

/** The seq of the message that an event replies to. */
function parentOf(event: ChatEvent): number | undefined {
  return event.kind === 'message' ? event.replyTo : undefined;
}

/**
 * The key of an event of another log. It has the time, since a log that was restored from a backup
 * may give a number twice. It begins with a space, which no key of a client has.
 */
const keyOf = ({ id, at }: ChatEvent) => ` import ${id} ${at}`;

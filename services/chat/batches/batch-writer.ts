import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChatError, encodeProblem } from '@parley/contract/problem.ts';
import type { Committer } from '../log/committer.ts';
import { failedOutcome } from '../log/outcome.ts';
import { receiptOf } from '../log/receipt.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { PostDraft, UnplacedPost } from '../store/store.ts';
import { BatchSpace } from './batch-space.ts';
import { BatchTurns } from './batch-turns.ts';

/** Most lines of a slice: as many as one transaction stores. */
const SLICE_LINES = 256;
/** A slice ends with the line that reaches this. Bounds how long it keeps the event loop. */
const SLICE_BYTES = 524_288;

const NOT_TRIED = new ChatError(
  'store-unavailable',
  'This is not stored, because an earlier line failed; send it again.',
);

/** The answer to a line: a receipt or a problem document. */
type LineAnswer = { status: number };

/** The draft of a line, or why there is none. */
type Drafted = UnplacedPost | Error;

/** Makes the draft of a line. @throws ChatError when the line is refused */
export type DraftLine = (line: Buffer) => Promise<UnplacedPost>;

/** The error for the client whose post in a channel failed. */
export type ExplainError = (error: unknown, channel: string) => Promise<unknown>;

interface WriterParts {
  committer: Committer;
  serverName: string;
  clock: () => number;
  metrics: ChatMetrics;
}

/** Stores the lines of batches as single posts are stored, within bounds over all clients. */
export class BatchWriter {
  readonly space = new BatchSpace();
  readonly turns = new BatchTurns();
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    const bytes = () => this.space.bytes;
    parts.metrics.countBatches({ bytes, lines: () => this.turns.lines });
  }

  /**
   * Stores lines in their order, and yields the answers to each slice of them, one a line. After a
   * line that fails with a 5xx, the lines behind its slice are not tried: they would be stored
   * before it when the client repeats it.
   */
  async *store(lines: Buffer[], draftOf: DraftLine, explain: ExplainError): AsyncGenerator<string> {
    const slices = slicesOf(lines);
    let failed = false;
    let drafts = draftAll(slices.next().value, draftOf);
    for (let rest = lines.length; rest > 0; ) {
      const current = await drafts;
      const answers = await this.turns.take(async () => {
        const storing = failed ? this.#refuseAll(current) : this.#storeAll(current, explain);
        // The next slice is read while the store has this one.
        drafts = nextTurn().then(() => draftAll(slices.next().value, draftOf));
        return storing;
      });
      rest -= current.length;
      failed ||= answers.some(({ status }) => status >= 500);
      yield answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');
    }
  }

  /** All drafts reach the committer in the same turn of the event loop, in order, as one slice. */
  #storeAll(drafts: Drafted[], explain: ExplainError): Promise<LineAnswer[]> {
    return Promise.all(
      drafts.map(async (draft) =>
        draft instanceof Error ? this.#refuse(draft) : this.#storeLine(draft, drafts, explain),
      ),
    );
  }

  async #refuseAll(drafts: Drafted[]): Promise<LineAnswer[]> {
    return drafts.map((draft) => this.#refuse(draft instanceof Error ? draft : NOT_TRIED));
  }

  async #storeLine(draft: UnplacedPost, slice: object, explain: ExplainError): Promise<LineAnswer> {
    const { committer, serverName, clock, metrics } = this.#parts;
    const { kind } = draft;
    try {
      const placed = { ...draft, server: serverName, at: clock() };
      const { outcome, event, server } = await committer.append<PostDraft>(placed, slice);
      metrics.posts.inc({ kind, outcome });
      return { ...receiptOf(event, server), status: outcome === 'stored' ? 201 : 200 };
    } catch (error) {
      return this.#refuse(await explain(error, draft.channel), kind);
    }
  }

  /** The answer for an error. A fault of our own fails the whole request, and is logged with it. */
  #refuse(error: unknown, kind: PostDraft['kind'] = 'message'): LineAnswer {
    this.#parts.metrics.posts.inc({ kind, outcome: failedOutcome(error) });
    if (error instanceof ChatError) return encodeProblem(error);
    throw error;
  }
}

function draftAll(slice: Buffer[] | undefined, draftOf: DraftLine): Promise<Drafted[]> {
  return Promise.all((slice ?? []).map((line) => draftOf(line).catch((error: Error) => error)));
}

function* slicesOf(lines: Buffer[]): Generator<Buffer[], undefined> {
  let slice: Buffer[] = [];
  let bytes = 0;
  for (const line of lines) {
    slice.push(line);
    bytes += line.length;
    if (slice.length < SLICE_LINES && bytes < SLICE_BYTES) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
  return undefined;
}

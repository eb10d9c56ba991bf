import type { ParleyError } from '../error.ts';
import { Gate } from '../gate.ts';
import { backoffMs, pause } from '../pause.ts';
import { Silence } from './silence.ts';
import type { StreamSource } from './source.ts';
import type { StreamEvent } from './sse-parser.ts';

const RETRY = { minMs: 1_000, maxMs: 15_000 };
/** A connection on which nothing arrives for this long is dead; heartbeats come every 15 s by default. */
const SILENCE_MS = 40_000;

interface LoopParts {
  source: StreamSource;
  /** The id after which the first connection resumes; empty: from now. */
  lastId: string;
  /** The path of the stream; undefined while no channel is wanted. */
  path: () => string | undefined;
  onOpen: () => void;
  onEvent: (event: StreamEvent) => void;
  /** Called when a connection has ended; an attempt follows. */
  onEnd: (error: ParleyError | undefined) => void | Promise<void>;
  /** Milliseconds of silence after which a connection is replaced. */
  silenceMs?: number | undefined;
}

/** Keeps one stream open: connects again, after pauses that spread the clients of a server. */
export class StreamLoop {
  readonly #parts: LoopParts;
  readonly #stop = new AbortController();
  readonly #silence: Silence;
  #connection = new AbortController();
  #wake = new Gate();
  #isRestarting = false;
  #attempt = 0;
  #retryMs = RETRY.minMs;
  #lastId: string;
  #openedAt = 0;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#lastId = parts.lastId;
    this.#silence = new Silence(parts.silenceMs ?? SILENCE_MS, () => this.#connection.abort());
    void this.#run();
  }

  /** The id after which the next connection resumes; empty before the first event. */
  get lastId(): string {
    return this.#lastId;
  }

  /** Milliseconds since the present connection was begun. */
  get openMs(): number {
    return performance.now() - this.#openedAt;
  }

  /** The next connection begins from now. */
  forgetId(): void {
    this.#lastId = '';
  }

  /** Opens a new connection at once, because the path has changed or the present one is in doubt. */
  restart(): void {
    this.#isRestarting = true;
    this.#attempt = 0;
    this.#connection.abort();
    this.#wake.open();
  }

  /** The stream has begun: the next failure is the first one. */
  begun(): void {
    this.#attempt = 0;
  }

  close(): void {
    this.#stop.abort();
    this.#connection.abort();
    this.#wake.open();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const path = this.#parts.path();
      this.#wake = new Gate();
      this.#isRestarting = false;
      if (path === undefined) {
        await this.#wake.opened;
        continue;
      }
      const error = await this.#connect(path);
      if (this.#isRestarting || this.#stop.signal.aborted) continue;
      this.#attempt++;
      await this.#parts.onEnd(error);
      const waitMs = Math.max(error?.retryAfterMs ?? 0, this.#waitMs());
      await Promise.race([pause(waitMs, this.#stop.signal), this.#wake.opened]);
    }
  }

  #waitMs(): number {
    if (this.#attempt <= 1) return this.#retryMs * (0.5 + Math.random());
    return backoffMs(this.#attempt, RETRY);
  }

  async #connect(path: string): Promise<ParleyError | undefined> {
    this.#connection = new AbortController();
    this.#openedAt = performance.now();
    const { signal } = this.#connection;
    const { source } = this.#parts;
    this.#silence.begin();
    this.#parts.onOpen();
    try {
      await source.open({
        path,
        lastId: this.#lastId,
        signal,
        onBytes: () => this.#silence.alive(),
        onRetry: (ms) => {
          this.#retryMs = ms;
        },
        onEvent: (event) => {
          if (signal.aborted) return;
          if (event.name === 'heartbeat') this.#silence.beat();
          if (event.id !== '') this.#lastId = event.id;
          this.#parts.onEvent(event);
        },
      });
      return undefined;
    } catch (error) {
      return error as ParleyError;
    } finally {
      this.#silence.stop();
      this.#connection.abort();
    }
  }
}

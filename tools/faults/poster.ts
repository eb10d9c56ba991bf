import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, Post, Receipt } from './ledger.ts';

const TICK_MS = 10;
/** How long a poster waits for an answer before it posts to another chat. */
const ANSWER_LIMIT_MS = 3_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;
/** Maximum of unacknowledged posts. At this number posting pauses, as with a bounded queue. */
const PENDING_MAX = 1_000;

interface Posting {
  urls: string[];
  channel: string;
  ledger: Ledger;
}

/** Posts messages at a rate until it is stopped. Each new message goes to the next chat. */
export class Poster {
  readonly #posting: Posting;
  readonly #ratePerMs: number;
  readonly #timer: NodeJS.Timeout;
  #tickedAt = performance.now();
  #due = 0;
  #next: number;

  /** `first` is the number of the first message. */
  constructor(posting: Posting, ratePerSecond: number, first: number) {
    this.#posting = posting;
    this.#next = first;
    this.#ratePerMs = ratePerSecond / 1000;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Stops new messages. Posts under way continue until they are acknowledged. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#due += (now - this.#tickedAt) * this.#ratePerMs;
    this.#tickedAt = now;
    for (; this.#due >= 1; this.#due--) {
      if (this.#posting.ledger.pending < PENDING_MAX) void postMessage(this.#posting, this.#next++);
    }
  }
}

/**
 * Posts message number `i` with an Idempotency-Key to one chat after another until it is
 * acknowledged.
 */
export async function postMessage(posting: Posting, i: number): Promise<void> {
  const { urls, ledger } = posting;
  const key = randomUUID();
  const post = ledger.send(`m${i}`, performance.now());
  for (let attempt = 0; !post.receipt; attempt++) {
    const url = urls[(i + attempt) % urls.length] ?? '';
    await postOnce(`${url}/chat/${posting.channel}`, { post, key, ledger });
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** attempt);
    if (!post.receipt) await delay(waitMs * (0.5 + Math.random()));
  }
}

interface Attempt {
  post: Post;
  key: string;
  ledger: Ledger;
}

async function postOnce(url: string, { post, key, ledger }: Attempt): Promise<void> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify(fieldsOf(post.message)),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const body = (await response.json()) as Receipt;
    ledger.count(String(response.status));
    if (response.ok) ledger.acknowledge(post, body, performance.now());
  } catch (error) {
    ledger.count(reason(error as Error));
  }
}

/** Every third post is a typed event, with its text in the data. */
function fieldsOf(message: string): object {
  const isEvent = Number(message.slice(1)) % 3 === 2;
  return isEvent ? { type: 'fault', data: message } : { username: 'faults', message };
}

function reason({ name, message, cause }: Error): string {
  if (name === 'TimeoutError') return 'no answer in time';
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? message;
}

import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../tests/until.ts';
import type { Noticed } from './judge.ts';

const PAUSE_MS = 50;
/** What has not come by then has not come. */
const LATE_MS = 10_000;

/** Others who chat: they post twenty times a second, and read what is posted. */
export class Others implements AsyncDisposable {
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  /** When each message was sent, until it has come. */
  readonly #sent = new Map<string, number>();
  #noticed: Noticed = { posts: [], deliveries: [] };
  #count = 0;
  #isReading = false;

  constructor(url: string) {
    this.#url = url;
    this.#reading = this.#read().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  /** Chats for some seconds, and tells what was noticed. What did not come took very long. */
  async chat(seconds: number): Promise<Noticed> {
    await until('others read', () => this.#isReading);
    this.#noticed = { posts: [], deliveries: [] };
    const posting: Promise<void>[] = [];
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      posting.push(this.#post());
      await delay(PAUSE_MS);
    }
    await Promise.all(posting);
    for (const limit = performance.now() + LATE_MS; this.#sent.size > 0; await delay(10)) {
      if (performance.now() > limit) break;
    }
    for (const _ of this.#sent) this.#noticed.deliveries.push(LATE_MS);
    this.#sent.clear();
    return this.#noticed;
  }

  async #post(): Promise<void> {
    const message = `m${this.#count++}`;
    const begun = performance.now();
    this.#sent.set(message, begun);
    const answer = await fetch(`${this.#url}/chat/others`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        // Each has an address of its own, so that no limit of one address is met.
        'X-Forwarded-For': `10.0.${(this.#count >> 8) & 255}.${this.#count & 255}`,
      },
      body: JSON.stringify({ username: 'other', message }),
      signal: AbortSignal.timeout(LATE_MS),
    }).catch(() => undefined);
    this.#noticed.posts.push(answer?.ok ? performance.now() - begun : LATE_MS);
    await answer?.arrayBuffer().catch(() => undefined);
  }

  async #read(): Promise<void> {
    const { signal } = this.#stop;
    const answer = await fetch(`${this.#url}/broadcast/others`, { signal });
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of answer.body ?? []) {
      this.#isReading = true;
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#received(/"message":"(m\d+)"/.exec(line)?.[1]);
    }
  }

  #received(message = ''): void {
    const sent = this.#sent.get(message);
    if (sent === undefined) return;
    this.#noticed.deliveries.push(performance.now() - sent);
    this.#sent.delete(message);
  }
}

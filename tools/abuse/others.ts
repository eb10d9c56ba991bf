import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@parley/testkit/until.ts';
import type { Noticed } from './judge.ts';

const PAUSE_MS = 50;
/** A delivery that takes longer than this counts as lost. */
const LATE_MS = 10_000;

/** Clients that chat during the abuse: they post twenty times a second and read the channel. */
export class Others implements AsyncDisposable {
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  /** Send time of each message that is not yet delivered. */
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

  /** Chats for some seconds. Returns the durations; a lost post or delivery counts as LATE_MS. */
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
        // A different address for each post, so that no limit for an address applies.
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

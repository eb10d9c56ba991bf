import type { ThreadCalls } from './thread-calls.ts';

/** A thread that begins with its first call, because a thread takes some 10 MB of memory. */
export class LazyThread implements AsyncDisposable {
  readonly #open: () => Promise<ThreadCalls>;
  #thread: Promise<ThreadCalls> | undefined;
  #wanted = false;
  #closed = false;

  constructor(open: () => Promise<ThreadCalls>) {
    this.#open = open;
  }

  /** True from the first call on, also when the thread failed to open. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** @throws the error with which the thread failed to open; the next call opens it again */
  async call<R>(call: string, argument?: unknown): Promise<R> {
    if (this.#closed) throw new Error('the store is closed');
    this.#wanted = true;
    this.#thread ??= this.#open().catch((error) => {
      this.#thread = undefined;
      throw error;
    });
    return (await this.#thread).call<R>(call, argument);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.[Symbol.asyncDispose]();
  }
}

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

interface Call {
  call: string;
  argument: unknown;
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

/**
 * Calls that the thread has at a time. An answer may be a page of a megabyte, and the thread may
 * answer faster than this thread reads: this bounds the answers in memory. Further calls wait here,
 * at almost no cost.
 */
const AT_ONCE = 16;

type Answer = { result: never } | { error: Error };

/** A thread with a database connection: a call is a message to it, an answer a message from it. */
export class ThreadCalls implements AsyncDisposable {
  readonly #worker: Worker;
  /** Calls that the thread has, in order. It answers one after the other. */
  readonly #underWay: Call[] = [];
  /** Calls beyond AT_ONCE, in order. */
  readonly #unsent: Call[] = [];
  #fault: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#take(answer));
    const fail = (error: unknown) => {
      this.#failAll(error as Error);
      // A store cannot work without its thread: the process ends, and is started again.
      queueMicrotask(() => {
        throw error;
      });
    };
    // An answer that cannot be read belongs to a call, too: the next ones would go to wrong calls.
    worker.on('error', fail).on('messageerror', fail);
    worker.on('exit', () => this.#failAll(new Error('the store is closed')));
  }

  /**
   * Resolves when the thread has opened its connection. The thread's file ends with `answerCalls`.
   * @throws the error with which the thread failed to open
   */
  static async open(file: URL, workerData: unknown): Promise<ThreadCalls> {
    const worker = new Worker(file, { workerData });
    await once(worker, 'message');
    return new ThreadCalls(worker);
  }

  call<R>(call: string, argument?: unknown): Promise<R> {
    if (this.#fault) return Promise.reject(this.#fault);
    return new Promise<R>((resolve, reject) => {
      this.#unsent.push({ call, argument, resolve, reject });
      this.#send();
    });
  }

  #send(): void {
    while (this.#underWay.length < AT_ONCE) {
      const next = this.#unsent.shift();
      if (!next) return;
      this.#post(next);
    }
  }

  #post(next: Call): void {
    const { call, argument, reject } = next;
    try {
      this.#worker.postMessage({ call, argument });
      this.#underWay.push(next);
    } catch (error) {
      reject(error as Error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#fault) return;
    const exited = once(this.#worker, 'exit');
    for (const next of this.#unsent.splice(0)) this.#post(next);
    this.#worker.postMessage({ call: 'close' });
    await exited;
  }

  #take(answer: Answer): void {
    const answered = this.#underWay.shift();
    this.#send();
    if ('error' in answer) answered?.reject(answer.error);
    else answered?.resolve(answer.result);
  }

  #failAll(error: Error): void {
    this.#fault ??= error;
    for (const calls of [this.#underWay, this.#unsent]) {
      for (const { reject } of calls.splice(0)) reject(this.#fault);
    }
  }
}

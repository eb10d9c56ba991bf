import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

/** A call as the thread gets it. */
interface Sent {
  id: number;
  call: string;
  argument: unknown;
}

/**
 * Calls that the thread has at a time. An answer may be a page of a megabyte, and the thread may
 * answer faster than this thread reads: this bounds the answers in memory. Further calls wait here,
 * at almost no cost.
 */
const AT_ONCE = 16;

type Answer = { id: number; result: never } | { id: number; error: Error };

/** A thread with a database connection: a call is a message to it, an answer a message from it. */
export class ThreadCalls implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** Calls beyond AT_ONCE, in order. */
  readonly #unsent: Sent[] = [];
  #sent = 0;
  #count = 0;
  #fault: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#take(answer));
    worker.on('error', (error) => {
      this.#failAll(error as Error);
      // A store cannot work without its thread: the process ends, and is started again.
      queueMicrotask(() => {
        throw error;
      });
    });
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
    const id = ++this.#count;
    return new Promise<R>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#unsent.push({ id, call, argument });
      this.#send();
    });
  }

  #send(): void {
    if (this.#sent === AT_ONCE) return;
    const next = this.#unsent.shift();
    if (!next) return;
    this.#sent++;
    this.#worker.postMessage(next);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#fault) return;
    const exited = once(this.#worker, 'exit');
    for (const sent of this.#unsent.splice(0)) this.#worker.postMessage(sent);
    this.#worker.postMessage({ id: 0, call: 'close' });
    await exited;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    this.#sent--;
    this.#send();
    if ('error' in answer) waiting?.reject(answer.error);
    else waiting?.resolve(answer.result);
  }

  #failAll(error: Error): void {
    this.#fault ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#fault);
    this.#waiting.clear();
  }
}

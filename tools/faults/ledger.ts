/** The position of a message, from the answer to its POST. */
export interface Receipt {
  epoch: string;
  seq: number;
}

/** A posted message. Times are milliseconds of `performance.now()`. */
export interface Post {
  message: string;
  sentAt: number;
  receipt?: Receipt;
}

/** Records the posts and their acknowledgements. */
export class Ledger {
  readonly posts = new Map<string, Post>();
  /** Number of answers of each kind: a status, or the reason for a missing answer. */
  readonly answers = new Map<string, number>();
  acknowledged = 0;
  longestWaitMs = 0;
  readonly #acknowledgedAt = new Map<number, number>();

  get pending(): number {
    return this.posts.size - this.acknowledged;
  }

  send(message: string, sentAt: number): Post {
    const post: Post = { message, sentAt };
    this.posts.set(message, post);
    return post;
  }

  acknowledge(post: Post, { epoch, seq }: Receipt, at: number): void {
    post.receipt = { epoch, seq };
    this.acknowledged++;
    this.longestWaitMs = Math.max(this.longestWaitMs, at - post.sentAt);
    this.#acknowledgedAt.set(seq, at);
  }

  /** The time at which event `seq` was acknowledged. Undefined without an acknowledgement. */
  acknowledgedAt(seq: number): number | undefined {
    return this.#acknowledgedAt.get(seq);
  }

  count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

/** What a POST's answer says of where its message stands. */
export interface Receipt {
  epoch: string;
  seq: number;
}

/** A message that was posted; times are milliseconds of `performance.now()`. */
export interface Post {
  message: string;
  sentAt: number;
  receipt?: Receipt;
}

/** Keeps what was posted and what was acknowledged. */
export class Ledger {
  readonly posts = new Map<string, Post>();
  /** How often each kind of answer came: a status, or why there was none. */
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

  /** When the post that has this number was acknowledged, if it was. */
  acknowledgedAt(seq: number): number | undefined {
    return this.#acknowledgedAt.get(seq);
  }

  count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

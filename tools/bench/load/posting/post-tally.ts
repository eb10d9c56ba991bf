import { nowUs } from '../clock.ts';
import { Samples } from '../samples.ts';
import { encodeStamp, MESSAGE_BYTES } from '../stamp.ts';
import type { PostAnswer, PostConnection } from './post-connection.ts';
import type { PostOutcome, PostTarget } from './poster-calls.ts';

/** Makes the requests of one run and counts the answers. */
export class PostTally {
  offered = 0;
  #accepted = 0;
  #refused = 0;
  #broken = 0;
  #lastSeq = 0;
  #epoch = '';
  readonly #latency = new Samples();
  readonly #startedUs = nowUs();
  readonly #head: string;
  readonly #tail: string;

  constructor({ request, prefix, suffix }: PostTarget) {
    const bodyBytes = prefix.length + MESSAGE_BYTES + suffix.length;
    this.#head = `${request}Content-Length: ${bodyBytes}\r\n\r\n${prefix}`;
    this.#tail = suffix;
  }

  /** Posts message number `ordinal`, which was due at `dueUs`. Resolves with the answer. */
  async post(connection: PostConnection, ordinal: number, dueUs: number): Promise<void> {
    const answer = await connection.post(this.#head + encodeStamp(dueUs, ordinal) + this.#tail);
    this.#latency.add(nowUs() - dueUs);
    this.#count(answer);
  }

  outcome(): PostOutcome {
    return {
      offered: this.offered,
      accepted: this.#accepted,
      refused: this.#refused,
      broken: this.#broken,
      elapsedMs: (nowUs() - this.#startedUs) / 1e3,
      latency: this.#latency.summary(),
      lastSeq: this.#lastSeq,
      epoch: this.#epoch,
    };
  }

  #count({ status, text }: PostAnswer): void {
    if (status === 0) this.#broken++;
    else if (status < 200 || status > 202) this.#refused++;
    else this.#countAccepted(text);
  }

  #countAccepted(text: string): void {
    this.#accepted++;
    const seq = Number(/"seq":(\d+)/.exec(text)?.[1] ?? 0);
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    if (this.#epoch === '') this.#epoch = /"epoch":"([^"]*)"/.exec(text)?.[1] ?? '';
  }
}

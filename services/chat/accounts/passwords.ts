import { availableParallelism } from 'node:os';
import { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import { hashPassword, isPassword } from './password-hash.ts';

/** Passwords that may wait: about two seconds of work for one core. */
const WAITING_MAX = 64;
/** Node's pool has four threads, which file access and name lookups need, too. */
const AT_ONCE_MAX = 3;

/**
 * Makes and checks password hashes with at most half of the cores, so that posts do not wait for
 * them.
 */
export class Passwords {
  readonly #queue = new WorkQueue({
    atOnce: Math.min(AT_ONCE_MAX, Math.max(1, Math.floor(availableParallelism() / 2))),
    waitingMax: WAITING_MAX,
    refusal: 'Too many people sign in at the moment; try again.',
  });
  /** A random password's hash. It is checked when there is no account, to take the same time. */
  readonly #ofNoAccount = hashPassword(crypto.randomUUID());

  /** @throws ChatError `overloaded` */
  hash(password: string): Promise<string> {
    return this.#queue.run(() => hashPassword(password));
  }

  /**
   * True when the hash is of this password. Without a hash it is false, after the same time.
   * @throws ChatError `overloaded`
   */
  async matches(password: string, phc: string | undefined): Promise<boolean> {
    const known = phc ?? (await this.#ofNoAccount);
    const right = await this.#queue.run(() => isPassword(password, known));
    return right && phc !== undefined;
  }
}

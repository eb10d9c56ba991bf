import { availableParallelism } from 'node:os';
import { hashPassword, isPassword } from './password-hash.ts';
import { WorkQueue } from './work-queue.ts';

/** About two seconds' work for one core. */
const WAITING_MAX = 64;
/** Node's pool has four threads, which files and names need too. */
const AT_ONCE_MAX = 3;

/** Makes and checks password hashes with half of the cores at most, so that posts never wait for logins. */
export class Passwords {
  readonly #queue = new WorkQueue({
    atOnce: Math.min(AT_ONCE_MAX, Math.max(1, Math.floor(availableParallelism() / 2))),
    waitingMax: WAITING_MAX,
  });
  /** Nobody's: checked where there is no account, so that the answer takes as long. */
  readonly #nobodys = hashPassword(crypto.randomUUID());

  /** @throws ChatError `overloaded` */
  hash(password: string): Promise<string> {
    return this.#queue.run(() => hashPassword(password));
  }

  /** Whether it is the password of that hash; false, after as long, without a hash. @throws ChatError `overloaded` */
  async matches(password: string, phc: string | undefined): Promise<boolean> {
    const known = phc ?? (await this.#nobodys);
    const right = await this.#queue.run(() => isPassword(password, known));
    return right && phc !== undefined;
  }
}

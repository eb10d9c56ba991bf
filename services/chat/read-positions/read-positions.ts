import { setTimeout as delay } from 'node:timers/promises';
import { encodeReadNotice, NOTICE_POSITIONS_MAX } from '@parley/contract/channels/read-position.ts';
import { READ_POSITIONS_TOPIC } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type {
  Marked,
  ReadMark,
  ReadPositionStore,
} from '../store/read-positions/read-position-store.ts';

/** Marks of one account and channel within this time are one write. */
const GATHER_MS = 50;
/** Most accounts and channels with a mark that waits; a further one is refused. */
const WAITING_MAX = 10_000;
/** Most marks in one transaction. */
const BATCH_MAX = 256;

interface Waiting {
  accountId: string;
  channel: string;
  /** The highest seq that was marked. */
  seq: number;
  stored: PromiseWithResolvers<number>;
}

/**
 * Stores what accounts have read, and announces positions that have moved forward. Marks that come
 * within a short time are one write.
 */
export class ReadPositions {
  readonly #store: Pick<ReadPositionStore, 'mark'>;
  readonly #bus: Pick<Bus, 'publishOnce'>;
  #waiting = new Map<string, Waiting>();
  #storing: Promise<void> | undefined;

  constructor(store: Pick<ReadPositionStore, 'mark'>, bus: Pick<Bus, 'publishOnce'>) {
    this.#store = store;
    this.#bus = bus;
  }

  /**
   * Resolves with the position that holds, once it is durable.
   * @throws ChatError `overloaded` or `store-unavailable`
   */
  mark(accountId: string, channel: string, seq: number): Promise<number> {
    const key = `${accountId} ${channel}`;
    const known = this.#waiting.get(key);
    if (known) {
      known.seq = Math.max(known.seq, seq);
      return known.stored.promise;
    }
    if (this.#waiting.size >= WAITING_MAX) {
      throw new ChatError('overloaded', 'Too many marks wait to be stored; send this one again.');
    }
    const stored = Promise.withResolvers<number>();
    this.#waiting.set(key, { accountId, channel, seq, stored });
    this.#storing ??= this.#storeAll();
    return stored.promise;
  }

  /** Resolves when every accepted mark is answered. */
  async idle(): Promise<void> {
    await this.#storing;
  }

  async #storeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      await delay(GATHER_MS);
      const marks = [...this.#waiting].slice(0, BATCH_MAX);
      for (const [key] of marks) this.#waiting.delete(key);
      await this.#storeSome(marks.map(([, waiting]) => waiting));
    }
    this.#storing = undefined;
  }

  async #storeSome(marks: Waiting[]): Promise<void> {
    try {
      const rows = marks.map(({ accountId, channel, seq }) => ({ accountId, channel, seq }));
      const marked = await this.#store.mark(rows);
      for (const [i, { stored }] of marks.entries()) stored.resolve(marked[i]?.seq ?? 0);
      this.#announce(rows, marked);
    } catch (cause) {
      const refusal =
        cause instanceof ChatError
          ? cause
          : new ChatError('store-unavailable', 'This is perhaps not stored; send it again.', {
              cause,
            });
      for (const { stored } of marks) stored.reject(refusal);
    }
  }

  #announce(marks: ReadMark[], marked: Marked[]): void {
    const positions = marks.flatMap(({ accountId: account, channel }, i) => {
      const { seq, raised, side } = marked[i] ?? { seq: 0, raised: false, side: 'public' };
      if (!raised) return [];
      return { account, channel, seq, ...(side === 'private' && { private: true as const }) };
    });
    for (let i = 0; i < positions.length; i += NOTICE_POSITIONS_MAX) {
      const some = positions.slice(i, i + NOTICE_POSITIONS_MAX);
      this.#bus.publishOnce(READ_POSITIONS_TOPIC, encodeReadNotice({ positions: some }));
    }
  }
}

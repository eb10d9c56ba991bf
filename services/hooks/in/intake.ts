import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Rate } from '@parley/kit/limits/rate.ts';
import type { HookIn } from '../store/in-store.ts';
import type { AlertMessages, Outcome } from './alert-messages.ts';
import { InTurn } from './in-turn.ts';
import { keyOf } from './key-of.ts';
import type { Post } from './post.ts';
import type { Poster } from './poster.ts';

/** A delivery that has waited this long for those before it is refused; most senders wait 10 s. */
const WAIT_MAX_MS = 10_000;

/** How many messages of a delivery became what. */
export type Counts = Record<Outcome, number>;

/** Posts what deliveries ask for: those of one hook in order, within its rate. */
export class Intake {
  readonly #turns = new InTurn();
  readonly #alerts: AlertMessages;
  readonly #poster: Poster;
  readonly #rate: Rate | undefined;
  #isStopping = false;

  constructor(alerts: AlertMessages, poster: Poster, rate: Rate | undefined) {
    this.#alerts = alerts;
    this.#poster = poster;
    this.#rate = rate;
  }

  /** Refuses further deliveries, and resolves when those under way are done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#turns.idle();
  }

  /** @throws ChatError of chat, `too-many-requests`, `overloaded` or `invalid-idempotency-key` */
  deliver(hook: HookIn, headers: IncomingHttpHeaders, posts: Post[]): Promise<Counts> {
    const given = parseIdempotencyKey(headers['idempotency-key'] ?? headers['webhook-id']);
    if (this.#isStopping) throw new ChatError('overloaded', 'Parley stops now; send this again.');
    const askedAt = performance.now();
    return this.#turns.run(hook.id, async () => {
      if (performance.now() - askedAt > WAIT_MAX_MS) {
        throw new ChatError('overloaded', 'Deliveries wait too long here; send this one again.');
      }
      const counts: Counts = { posted: 0, edited: 0, repeated: 0 };
      for (const post of posts) {
        await this.#count(hook);
        counts[await this.#post(hook, post, given)]++;
      }
      return counts;
    });
  }

  async #count(hook: HookIn): Promise<void> {
    const retryAfterSeconds = await this.#rate?.(hook.id);
    if (retryAfterSeconds === undefined) return;
    const message = `Too many messages of this hook; wait ${retryAfterSeconds} s.`;
    throw new ChatError('too-many-requests', message, { retryAfterSeconds });
  }

  async #post(hook: HookIn, post: Post, given: string | undefined): Promise<Outcome> {
    if (post.alert) return this.#alerts.deliver(hook, post.text, post.alert);
    const { channel, username, rights } = hook;
    const key = keyOf(hook, post.id ?? given ?? randomUUID());
    try {
      const { isNew } = await this.#poster.post({
        channel,
        username,
        rights,
        key,
        text: post.text,
      });
      return isNew ? 'posted' : 'repeated';
    } catch (error) {
      // The sender repeats a delivery by its own id, and the text of a newer Parley may differ.
      const isKnown = error instanceof ChatError && error.code === 'idempotency-mismatch';
      if (isKnown && post.id !== undefined) return 'repeated';
      throw error;
    }
  }
}

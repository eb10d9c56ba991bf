import type { AlertRow, AlertStore } from '../store/alert-store.ts';
import type { HookIn } from '../store/in-store.ts';
import { keyOf } from './key-of.ts';
import type { AlertState } from './post.ts';
import type { Poster } from './poster.ts';

/** What became of a post: a new message, an edit of an earlier one, or nothing new. */
export type Outcome = 'posted' | 'edited' | 'repeated';

/**
 * Keeps one message for each episode of an alert. What will be posted is kept first, so a message
 * that chat has stored is found again by its key: also when this process was killed in between, and
 * when another replica posts it at the same moment.
 */
export class AlertMessages {
  readonly #store: AlertStore;
  readonly #poster: Poster;
  readonly #clock: () => number;

  constructor(store: AlertStore, poster: Poster, clock: () => number) {
    this.#store = store;
    this.#poster = poster;
    this.#clock = clock;
  }

  /** @throws ChatError of chat */
  async deliver(hook: HookIn, text: string, { episode, resolved }: AlertState): Promise<Outcome> {
    const { channel, username } = hook;
    const first = { channel, username, text, resolved, round: 0, seq: 0 };
    const kept = await this.#begin(hook, episode, first);
    if (!resolved || kept.resolved) {
      return kept.seq > 0 ? 'repeated' : await this.#postNew(hook, episode, kept);
    }
    if (kept.channel === channel && (await this.#edit(hook, episode, { kept, text })))
      return 'edited';
    const next = await this.#begin(hook, episode, { ...first, round: kept.round + 1 });
    return await this.#postNew(hook, episode, next);
  }

  async #postNew(hook: HookIn, episode: string, row: AlertRow): Promise<Outcome> {
    return (await this.#post(hook, episode, row)).isNew ? 'posted' : 'repeated';
  }

  /** Posts a message, or finds it by its key, and keeps its seq. */
  async #post(hook: HookIn, episode: string, row: AlertRow) {
    const key = keyOf(hook, `alert:${episode}:${row.round}`);
    const posted = await this.#poster.post({ ...row, key, rights: hook.rights });
    await this.#store.saveAlert(hook.id, episode, { ...row, seq: posted.seq }, this.#clock());
    return posted;
  }

  /**
   * Edits the message of a firing alert. Its seq is asked for again by its key: a channel that was
   * deleted and made again has other messages. Resolves with false when the message is gone.
   */
  async #edit(
    hook: HookIn,
    episode: string,
    { kept, text }: { kept: AlertRow; text: string },
  ): Promise<boolean> {
    const { seq } = await this.#post(hook, episode, kept);
    const { channel } = kept;
    if (!(await this.#poster.edit({ channel, rights: hook.rights, seq, text }))) return false;
    const resolved = { round: kept.round, resolved: true, seq };
    await this.#store.saveAlert(hook.id, episode, resolved, this.#clock());
    return true;
  }

  #begin(hook: HookIn, episode: string, row: AlertRow): Promise<AlertRow> {
    return this.#store.beginAlert(hook.id, episode, row, this.#clock());
  }
}

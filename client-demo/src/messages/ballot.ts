import type { TextStorage } from '../browser-storage.ts';
import { readVotes, storeVotes, type Votes } from './stored-votes.ts';
import { type CastVote, castVote, type Tally, type Vote } from './vote.ts';

/** The message that a vote is about, with the tally in the log. */
export interface Voted extends Tally {
  channel: string;
  id: string;
  seq: number;
}

/** What a ballot needs; `put` sends one vote, and throws if the vote does not count. */
export interface BallotOptions {
  put: (message: Voted, value: Vote) => Promise<Tally>;
  storage: TextStorage;
}

/** An account's votes as the page shows them, by message id. Each change makes a new object. */
export interface BallotView {
  mine: Votes;
  cast: ReadonlyMap<string, CastVote>;
  /** Why the last vote did not count, until the next vote. */
  fault: string | undefined;
}

/**
 * The votes of an account in this browser. A vote is shown at once. The votes on one message are
 * sent one at a time; only the last click counts. A vote that does not count is taken back.
 */
export class Ballot {
  readonly #options: BallotOptions;
  readonly #listeners = new Set<() => void>();
  readonly #sending = new Set<string>();
  #username: string | undefined;
  #view: BallotView = { mine: new Map(), cast: new Map(), fault: undefined };

  constructor(options: BallotOptions) {
    this.#options = options;
  }

  readonly snapshot = (): BallotView => this.#view;

  /** Calls the listener after each change; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Sets the account that owns the votes; `undefined` for a guest, who has none. */
  belongTo(username: string | undefined): void {
    if (username === this.#username) return;
    this.#username = username;
    const mine = username === undefined ? new Map() : readVotes(this.#options.storage, username);
    this.#change({ mine, cast: new Map(), fault: undefined });
  }

  /** Votes as the signed-in account. */
  vote(message: Voted, value: Vote): void {
    const current = this.#view.mine.get(message.id) ?? 0;
    const earlier = this.#view.cast.get(message.id);
    this.#show(message, castVote(value, { tally: message, current, earlier }));
    void this.#send(message, current);
  }

  async #send(message: Voted, current: Vote): Promise<void> {
    if (this.#sending.has(message.id)) return;
    this.#sending.add(message.id);
    const username = this.#username;
    const stays = () => this.#username === username;
    let counted = current;
    try {
      for (let wish = this.#wish(message); wish && stays(); wish = this.#wish(message)) {
        const answer = await this.#options.put(message, wish.value);
        counted = wish.value;
        this.#settle(message, wish, answer);
      }
    } catch (error) {
      if (stays()) this.#takeBack(message, counted, error);
    }
    this.#sending.delete(message.id);
  }

  /** The vote that has no answer yet. */
  #wish({ id }: Voted): CastVote | undefined {
    const cast = this.#view.cast.get(id);
    return cast?.answer ? undefined : cast;
  }

  #settle(message: Voted, wish: CastVote, { up, down }: Tally): void {
    if (this.#wish(message) === wish) this.#show(message, { ...wish, answer: { up, down } });
    if (this.#username) storeVotes(this.#options.storage, this.#username, this.#view.mine);
  }

  #show({ id }: Voted, cast: CastVote): void {
    const mine = new Map(this.#view.mine);
    mine.delete(id);
    mine.set(id, cast.value);
    this.#change({ mine, cast: new Map(this.#view.cast).set(id, cast), fault: undefined });
  }

  #takeBack({ id }: Voted, counted: Vote, error: unknown): void {
    const cast = new Map(this.#view.cast);
    cast.delete(id);
    const fault = error instanceof Error ? error.message : String(error);
    this.#change({ mine: new Map(this.#view.mine).set(id, counted), cast, fault });
  }

  #change(view: BallotView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }
}

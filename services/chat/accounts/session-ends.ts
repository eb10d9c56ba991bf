import { encodeEndedSession } from '@parley/contract/accounts/ended-session.ts';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { ENDED_SESSIONS_TOPIC } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import type { EndedSessions } from '@parley/kit/tokens/ended-sessions.ts';
import type { AccountStore, EndedSession, SessionChoice } from '../store/people/accounts.ts';
import type { AuditDraft } from '../store/people/audit.ts';

/** How often the store is read for sessions that another process ended without the bus. */
const SEARCH_MS = 2_000;
/** How much the clocks of those processes may differ. */
const CLOCKS_APART_MS = 60_000;
/** How long after its expiry a token may still be accepted. */
const TOLERANCE_SECONDS = 10;
/**
 * Sessions are removed after this time, when no token of theirs is valid with any TOKEN_SECONDS.
 */
const KEEP_MS = 7_200_000;
/** How often the suspended accounts are published, for services that have started meanwhile. */
const SUSPENDED_MS = 30_000;
/** How long services refuse the long-lived tokens of a suspended account after that. */
const SUSPENDED_SECONDS = 90;
/** Suspended accounts that are published, the newest: a message each. */
const SUSPENDED_MAX = 1_000;

/**
 * Ends sessions and publishes their ends, so that every service refuses their tokens from then on.
 * It finds in the store the sessions that another process ended (`npm run account`, or a replica
 * that the bus does not reach), also those that ended before the start. It removes sessions that
 * are long over. Tokens of a suspended account that belong to no session are refused, too.
 */
export class SessionEnds implements AsyncDisposable {
  readonly #store: AccountStore;
  readonly #bus: Bus;
  readonly #ended: EndedSessions;
  readonly #tokenSeconds: number;
  readonly #clock: () => number;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #searchedAt: number;
  #suspendedAt = 0;

  constructor(
    tokenSeconds: number,
    {
      store,
      bus,
      ended,
      log,
      clock,
    }: { store: AccountStore; bus: Bus; ended: EndedSessions; log: Log; clock: () => number },
  ) {
    this.#store = store;
    this.#bus = bus;
    this.#ended = ended;
    this.#tokenSeconds = tokenSeconds;
    this.#clock = clock;
    this.#searchedAt = clock() - (tokenSeconds + TOLERANCE_SECONDS) * 1000;
    this.#running = repeat(() => this.#search(), {
      signal: this.#stop.signal,
      pauseMs: SEARCH_MS,
      onFailure: (err, inARow) => {
        if (inARow > 1) return;
        log.warn({ err }, 'accounts: looking for ended sessions failed; it is tried again');
      },
    });
  }

  /** Ends sessions of an account. */
  async end(choice: SessionChoice): Promise<void> {
    this.publish(await this.#store.endSessions(choice, this.#clock()));
  }

  /** Publishes sessions that the store has ended. */
  publish(ended: EndedSession[]): void {
    for (const session of ended) this.#publish(session);
  }

  /** Suspends an account and ends its sessions. False when it is suspended already. */
  async suspend(accountId: string, act: AuditDraft): Promise<boolean> {
    const ended = await this.#store.suspend(accountId, this.#clock(), act);
    if (!ended) return false;
    this.publish(ended);
    this.#publishSuspended(accountId);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #search(): Promise<void> {
    const now = this.#clock();
    const ended = await this.#store.endedSince(this.#searchedAt - CLOCKS_APART_MS);
    this.publish(ended);
    this.#searchedAt = now;
    await this.#store.trimSessions(now - KEEP_MS);
    if (now < this.#suspendedAt + SUSPENDED_MS) return;
    for (const id of await this.#store.suspended(SUSPENDED_MAX)) this.#publishSuspended(id);
    this.#suspendedAt = now;
  }

  /** A token without a session is refused by its subject, for a while at a time. */
  #publishSuspended(accountId: string): void {
    const sid = accountSubject(accountId);
    const until = Math.ceil(this.#clock() / 1000) + SUSPENDED_SECONDS;
    this.#ended.end(sid, until);
    this.#bus.publish(ENDED_SESSIONS_TOPIC, encodeEndedSession({ sid, until }));
  }

  #publish({ sid, endedAt }: EndedSession): void {
    const until = Math.ceil(endedAt / 1000) + this.#tokenSeconds + TOLERANCE_SECONDS;
    if (this.#ended.has(sid) || until < this.#clock() / 1000) return;
    this.#ended.end(sid, until);
    this.#bus.publish(ENDED_SESSIONS_TOPIC, encodeEndedSession({ sid, until }));
  }
}

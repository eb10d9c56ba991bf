import { randomUUID } from 'node:crypto';
import { atExpiry } from '@parley/kit/tokens/at-expiry.ts';
import type { EndedSessions } from '@parley/kit/tokens/ended-sessions.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/** Why a stream was not renewed. */
export type RenewalRefusal = 'another subject' | 'no right to read';

/**
 * The least time that a stream lasts, so that it begins with hello: a token is taken for some seconds
 * after its end, because clocks differ.
 */
const SHORTEST_MS = 1_000;

interface LeaseParts {
  stream: string;
  identity: Identity;
  /** Adapts the stream to the rights of a renewed identity; false when none is left. */
  keepOnly: (identity: Identity) => boolean;
  /** Ends the stream. */
  expire: () => void;
}

/** The identity behind a stream, and how long the stream may last. */
export class Lease {
  /** The stream's name: `<instance>.<random>`. */
  readonly stream: string;
  readonly #keepOnly: (identity: Identity) => boolean;
  readonly #expire: () => void;
  #identity: Identity;
  #timer: NodeJS.Timeout | undefined;

  constructor({ stream, identity, keepOnly, expire }: LeaseParts) {
    this.stream = stream;
    this.#keepOnly = keepOnly;
    this.#identity = identity;
    this.#expire = expire;
    const { expiresAt } = identity;
    const soonest = Date.now() + SHORTEST_MS;
    this.#timer = atExpiry(expiresAt && Math.max(expiresAt, soonest), expire);
  }

  /** The reader's identity, with its newest token. */
  get identity(): Identity {
    return this.#identity;
  }

  /**
   * Extends the stream until another token of the same subject expires. A token that expires no
   * later changes nothing, since the bus may repeat and reorder. Returns the reason of a refusal.
   */
  renew(identity: Identity): RenewalRefusal | undefined {
    const { subject, expiresAt = 0 } = identity;
    if (subject === undefined || subject !== this.#identity.subject) return 'another subject';
    if (expiresAt <= (this.#identity.expiresAt ?? 0)) return undefined;
    if (!this.#keepOnly(identity)) return 'no right to read';
    this.#identity = identity;
    clearTimeout(this.#timer);
    this.#timer = atExpiry(expiresAt, this.#expire);
    return undefined;
  }

  end(): void {
    this.#expire();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * The leases of all streams here. Only streams with a token are kept: a stream without one does not
 * expire.
 */
export class Leases {
  /** The name of this instance, which begins its streams' names. */
  readonly instance: string;
  readonly #byStream = new Map<string, Lease>();
  readonly #ended: EndedSessions;

  constructor(instance: string, ended: EndedSessions) {
    this.instance = instance;
    this.#ended = ended;
    ended.onEnd((sid) => this.#endSession(sid));
  }

  /** Begins a stream's lease; the caller releases it when the stream has ended. */
  grant(parts: Omit<LeaseParts, 'stream'>): Lease {
    const lease = new Lease({ ...parts, stream: `${this.instance}.${randomUUID()}` });
    if (parts.identity.token !== undefined) this.#byStream.set(lease.stream, lease);
    // The session may have ended since the token was checked.
    if (this.#ended.has(parts.identity.session)) lease.end();
    return lease;
  }

  find(stream: string): Lease | undefined {
    return this.#byStream.get(stream);
  }

  release(lease: Lease): void {
    lease.stop();
    this.#byStream.delete(lease.stream);
  }

  #endSession(sid: string): void {
    for (const lease of this.#byStream.values()) {
      if (lease.identity.session === sid) lease.end();
    }
  }
}

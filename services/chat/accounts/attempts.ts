import { ChatError } from '@parley/contract/problem.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import { OpenCounts } from '@parley/kit/limits/open-counts.ts';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW_SECONDS = 900;
/** Wrong passwords for one account from one address. */
const PAIR_MAX = 10;
/** The same while the account is under attack. */
const PAIR_MAX_UNDER_ATTACK = 3;
/** More wrong passwords than this for one account, from all addresses, are an attack on it. */
const ATTACK_FROM = 100;
/** Wrong passwords from one address, which many people may share. */
const ADDRESS_MAX = 100;
/** Passwords of one address that are being checked or wait: a fraction of all that may wait. */
const AT_ONCE_MAX = 16;
const SIGN_UPS_MAX = 100;
/** Mails that one address may ask for in an hour. */
const MAILS_MAX = 20;
/** Sign-ins by the OpenID provider that one address begins, which many people may share. */
const OPENID_MAX = 300;
const HOUR_SECONDS = 3_600;

/**
 * Limits sign-ins, sign-ups and mails, counted in this process. An attacker cannot lock out a user at
 * another address: each address has its own first attempts at an account.
 */
export class Attempts {
  readonly #pairs = new RateLimiterMemory({ points: PAIR_MAX, duration: WINDOW_SECONDS });
  readonly #accounts = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
  });
  readonly #addresses = new RateLimiterMemory({ points: ADDRESS_MAX, duration: WINDOW_SECONDS });
  readonly #underWay = new OpenCounts(AT_ONCE_MAX);
  readonly #openId = new RateLimiterMemory({ points: OPENID_MAX, duration: WINDOW_SECONDS });
  readonly #signUps = new RateLimiterMemory({ points: SIGN_UPS_MAX, duration: HOUR_SECONDS });
  readonly #mails = new RateLimiterMemory({ points: MAILS_MAX, duration: HOUR_SECONDS });

  /**
   * Does work that checks a password, and that resolves with undefined when the password is wrong.
   * The attempt is counted before the work, so that many attempts at once cannot pass the limit.
   * @throws ChatError `too-many-requests`
   */
  async login<T>(
    { key, address }: { key: string; address: string | undefined },
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const from = clientKey(address);
    if (this.#underWay.isFull(from)) throw tooMany(0);
    const leave = this.#underWay.enter(from);
    try {
      return await this.#count({ from, key }, work);
    } finally {
      leave();
    }
  }

  async #count<T>(
    { from, key }: { from: string; key: string },
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const pair = `${from} ${key}`;
    // This check comes first: each pair takes memory, and an attacker can make up logins.
    await this.#requireLeft(from);
    const { consumedPoints, msBeforeNext } = await consume(this.#pairs, pair);
    await consume(this.#addresses, from);
    const { consumedPoints: tries } = await consume(this.#accounts, key);
    if (tries > ATTACK_FROM && consumedPoints > PAIR_MAX_UNDER_ATTACK) throw tooMany(msBeforeNext);
    const result = await this.#orTakeBack(work, { from, key, pair });
    if (result !== undefined) {
      await this.#pairs.delete(pair);
      await this.#giveBack({ from, key });
    }
    return result;
  }

  async #requireLeft(from: string): Promise<void> {
    const { consumedPoints = 0, msBeforeNext = 0 } = (await this.#addresses.get(from)) ?? {};
    if (consumedPoints >= ADDRESS_MAX) throw tooMany(msBeforeNext);
  }

  /** @throws ChatError `too-many-requests` */
  async signUp(address: string | undefined): Promise<void> {
    await consume(this.#signUps, clientKey(address));
  }

  /** Counts the begin of a sign-in by the OpenID provider. @throws ChatError `too-many-requests` */
  async openId(address: string | undefined): Promise<void> {
    await consume(this.#openId, clientKey(address));
  }

  /** Counts a mail that a client asks for. @throws ChatError `too-many-requests` */
  async mail(address: string | undefined): Promise<void> {
    await consume(this.#mails, clientKey(address));
  }

  /** Takes an attempt back when the work fails: the server's fault is not an attempt. */
  async #orTakeBack<T>(
    work: () => Promise<T>,
    { from, key, pair }: { from: string; key: string; pair: string },
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.#pairs.reward(pair);
      await this.#giveBack({ from, key });
      throw error;
    }
  }

  async #giveBack({ from, key }: { from: string; key: string }): Promise<void> {
    await this.#addresses.reward(from);
    await this.#accounts.reward(key);
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refused) {
    if (refused instanceof RateLimiterRes) throw tooMany(refused.msBeforeNext);
    throw refused;
  }
}

function tooMany(ms: number): ChatError {
  const retryAfterSeconds = Math.max(1, Math.ceil(ms / 1000));
  return new ChatError('too-many-requests', 'There were too many attempts; try again later.', {
    retryAfterSeconds,
  });
}

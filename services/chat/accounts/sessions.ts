import { createHash, randomBytes } from 'node:crypto';
import type { Renewal } from '@parley/contract/accounts/account.ts';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import type { Account, AccountStore, Session } from '../store/people/accounts.ts';
import { newSecret } from '../tickets/secret.ts';
import { type AccountConfig, listPatterns } from './settings.ts';

const DAY_MS = 86_400_000;
const SID_BYTES = 16;

/** A session and its account. */
export interface LiveSession {
  session: Session;
  account: Account;
}

/** Opens sessions, finds them by their secrets, and makes their tokens. */
export class Sessions {
  readonly #config: AccountConfig;
  readonly #store: AccountStore;
  readonly #key: SigningKey;
  readonly #clock: () => number;

  constructor(
    config: AccountConfig,
    { store, key, clock }: { store: AccountStore; key: SigningKey; clock: () => number },
  ) {
    this.#config = config;
    this.#store = store;
    this.#key = key;
    this.#clock = clock;
  }

  /** Opens a session; undefined when the account's password was changed meanwhile. */
  async open(account: Account): Promise<(LiveSession & { secret: string }) | undefined> {
    const secret = newSecret();
    const at = this.#clock();
    const session = {
      secretHash: hashSecret(secret),
      sid: randomBytes(SID_BYTES).toString('base64url'),
      accountId: account.id,
      at,
      expiresAt: at + this.#config.sessionDays * DAY_MS,
    };
    const opened = await this.#store.openSession(session, account.passwordHash);
    return opened ? { secret, session, account } : undefined;
  }

  find(secret: string): Promise<LiveSession | undefined> {
    return this.#store.findSession({ secretHash: hashSecret(secret) }, this.#clock());
  }

  findBySid(sid: string): Promise<LiveSession | undefined> {
    return this.#store.findSession({ sid }, this.#clock());
  }

  /** A token for a session. It expires with the session at the latest. */
  token({ session: { sid, expiresAt }, account }: LiveSession): Renewal {
    const { accountPublish, accountSubscribe, tokenSeconds } = this.#config;
    const now = Math.floor(this.#clock() / 1000);
    const life = Math.max(1, Math.min(tokenSeconds, Math.floor(expiresAt / 1000) - now));
    const token = this.#key.sign(
      {
        sub: accountSubject(account.id),
        sid,
        name: account.username,
        publish: listPatterns(accountPublish),
        subscribe: listPatterns(accountSubscribe),
        ...(account.admin && { role: 'admin' as const }),
      },
      life,
    );
    return { token, expiresAt: new Date((now + life) * 1000).toISOString() };
  }
}

function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

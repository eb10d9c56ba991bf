import { createHash, randomUUID } from 'node:crypto';
import { ChatError } from '@parley/contract/problem.ts';
import type { Account, AccountStore } from '../store/people/accounts.ts';
import type { AuditDraft } from '../store/people/audit.ts';
import {
  emailLinkId,
  type Link,
  type LinkKind,
  type LinkStore,
  mailedResetId,
  makesAccount,
  resetLinkId,
} from '../store/people/links.ts';
import { isSecret, newSecret } from '../tickets/secret.ts';

const HOUR_MS = 3_600_000;
/** How long a link of the first start and a link for a password last. */
const SHORT_MS = 24 * HOUR_MS;
/** How long no other link for a password is mailed to the account, over all replicas. */
const QUIET_MS = HOUR_MS / 4;

/** The word of a link in the fragment of its address. */
const WORDS: Record<LinkKind, string> = {
  first: 'invitation',
  invitation: 'invitation',
  reset: 'reset',
  email: 'confirm',
};

/** A link as it is given out, once. `fragment` is for the page's address, after `/`. */
export interface GivenLink {
  id: string;
  fragment: string;
  uses: number;
  expiresAt: number;
}

/**
 * Links by which people get an account, set a new password, or confirm an address. A link's secret is
 * 256 random bits in the fragment of an address, which no browser sends and no log has. The store has
 * its hash, by which it is found: the time that this takes depends on the hash, which shows nothing
 * of the secret.
 */
export class Links {
  readonly #store: LinkStore;
  readonly #clock: () => number;

  constructor(store: LinkStore, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /** A link that makes the first administrator, in place of an earlier one. Undefined when there is an account. */
  first(): Promise<GivenLink | undefined> {
    return this.#add({ id: 'first', kind: 'first', accountId: '', uses: 1 }, SHORT_MS);
  }

  /** @throws ChatError `overloaded` */
  async invite(uses: number, hours: number, actOf: (id: string) => AuditDraft): Promise<GivenLink> {
    const id = randomUUID();
    const link = { id, kind: 'invitation', accountId: '', uses } as const;
    return orTooMany(await this.#add(link, hours * HOUR_MS, actOf(id)));
  }

  /** A link that sets the password of an account, in place of an earlier one. @throws ChatError `overloaded` */
  async reset(accountId: string, act: AuditDraft): Promise<GivenLink> {
    const link = { id: resetLinkId(accountId), kind: 'reset', accountId, uses: 1 } as const;
    return orTooMany(await this.#add(link, SHORT_MS, act));
  }

  /**
   * A link that is mailed to the owner of an account, and sets the password. Undefined when there is
   * one that was made just now, or there are too many links.
   */
  mailedReset(accountId: string): Promise<GivenLink | undefined> {
    const link = { id: mailedResetId(accountId), kind: 'reset', accountId, uses: 1 } as const;
    return this.#add(link, HOUR_MS, undefined, QUIET_MS);
  }

  /**
   * A link that confirms an account's address, in place of an earlier one. @throws ChatError
   * `overloaded`
   */
  async confirmation(accountId: string, email: string, act?: AuditDraft): Promise<GivenLink> {
    const link = { id: emailLinkId(accountId), kind: 'email', accountId, email, uses: 1 } as const;
    return orTooMany(await this.#add(link, SHORT_MS, act));
  }

  /** Uses a link that confirms an address. @throws ChatError `invalid-link` or `account-exists` */
  async confirm(secret: unknown): Promise<void> {
    const { hash } = await this.find(secret);
    const result = await this.#store.confirm(hash, this.#clock());
    if (result === 'invalid') throw invalidLink();
    if (result === 'confirmed') return;
    throw new ChatError('account-exists', 'Another account has confirmed this address.');
  }

  /** A link that can be used, by its secret. @throws ChatError `invalid-link` */
  async find(secret: unknown): Promise<Link> {
    const link = isSecret(secret)
      ? await this.#store.find(hashOf(secret), this.#clock())
      : undefined;
    if (link) return link;
    throw invalidLink();
  }

  /**
   * The link by which a person signs up; undefined without a secret.
   * @throws ChatError `invalid-link`, also for a link of another kind
   */
  async findInvitation(secret: unknown): Promise<Link | undefined> {
    if (secret === undefined) return undefined;
    const link = await this.find(secret);
    if (!makesAccount(link)) throw invalidLink();
    return link;
  }

  async #add(
    link: Omit<Link, 'hash' | 'expiresAt'>,
    lifeMs: number,
    act?: AuditDraft,
    quietMs?: number,
  ): Promise<GivenLink | undefined> {
    const secret = newSecret();
    const now = this.#clock();
    const expiresAt = now + lifeMs;
    const whole = { ...link, hash: hashOf(secret), expiresAt };
    if (!(await this.#store.add(whole, now, act, quietMs))) return undefined;
    return { id: link.id, fragment: `#${WORDS[link.kind]}=${secret}`, uses: link.uses, expiresAt };
  }
}

/**
 * Stores an account, by a link if there is one. Undefined when its name or address has an account.
 * @throws ChatError `invalid-link`
 */
export async function addAccount(
  { store, linkStore }: { store: AccountStore; linkStore: LinkStore },
  account: Account,
  link: Link | undefined,
): Promise<Account | undefined> {
  const added = link
    ? await linkStore.signUp(link.hash, account)
    : (await store.add(account)) && account;
  if (added === 'invalid') throw invalidLink();
  return added && added !== 'taken' ? added : undefined;
}

/** The error for a link that was used, has expired or was never made. */
export function invalidLink(): ChatError {
  return new ChatError('invalid-link', 'This link was used or has expired; ask for another.');
}

function orTooMany(link: GivenLink | undefined): GivenLink {
  if (link) return link;
  throw new ChatError('overloaded', 'There are too many links that have not expired.');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

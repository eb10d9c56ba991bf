import { randomUUID } from 'node:crypto';
import {
  parseLogin,
  parseNewPassword,
  parsePassword,
  parseSignUp,
} from '@parley/contract/accounts/account.ts';
import { foldEmail, foldName } from '@parley/contract/accounts/fold.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Account, AccountKey, AccountStore, EndedSession } from '../store/people/accounts.ts';
import type { LinkStore } from '../store/people/links.ts';
import type { Attempts } from './attempts.ts';
import { addAccount, invalidLink, type Links } from './links.ts';
import { requireUncommon } from './password-rules.ts';
import type { Passwords } from './passwords.ts';

type Fields = Record<string, unknown>;

/** Makes accounts, checks passwords and changes them. */
export class Accounts {
  readonly #store: AccountStore;
  readonly #passwords: Passwords;
  readonly #attempts: Attempts;
  readonly #links: Links;
  readonly #linkStore: LinkStore;
  readonly #clock: () => number;

  constructor(parts: {
    store: AccountStore;
    passwords: Passwords;
    attempts: Attempts;
    links: Links;
    linkStore: LinkStore;
    clock: () => number;
  }) {
    this.#store = parts.store;
    this.#passwords = parts.passwords;
    this.#attempts = parts.attempts;
    this.#links = parts.links;
    this.#linkStore = parts.linkStore;
    this.#clock = parts.clock;
  }

  /**
   * Makes an account, by an invitation where the fields have one.
   * @throws ChatError `account-exists`, `invalid-link`, `too-many-requests`, `overloaded`, or what is wrong with the fields
   */
  async signUp(fields: Fields, address: string | undefined): Promise<Account> {
    const signUp = parseSignUp(fields);
    await this.#attempts.signUp(address);
    const link = await this.#links.findInvitation(fields.invitation);
    await requireUncommon(signUp.password, signUp);
    const account = newAccount(signUp, await this.#passwords.hash(signUp.password), this.#clock());
    const stores = { store: this.#store, linkStore: this.#linkStore };
    const added = await addAccount(stores, account, link);
    if (added) return added;
    throw new ChatError(
      'account-exists',
      'This name or e-mail address has an account already; sign in, or choose another.',
    );
  }

  /**
   * Finds the account of a login and its password. Neither the error nor the time until it comes
   * shows which of the two is wrong.
   * @throws ChatError `invalid-credentials`, `account-suspended`, `too-many-requests`, `overloaded`,
   * or what is wrong with the fields
   */
  async logIn(fields: Fields, address: string | undefined): Promise<Account> {
    const { login, password } = parseLogin(fields);
    const key = keyOf(login);
    // A name and an e-mail address may be the same account, so their wrong passwords are one count.
    const found = await this.#store.find(key);
    const counted = found ? countedAs(found) : JSON.stringify(key);
    const account = await this.#attempts.login({ key: counted, address }, async () => {
      // An account of a provider has no password.
      const hash = found?.passwordHash || undefined;
      return (await this.#passwords.matches(password, hash)) ? found : undefined;
    });
    // Only a right password shows that the account is suspended.
    if (account?.suspendedAt !== undefined) throw suspended();
    if (account) return account;
    throw new ChatError('invalid-credentials', 'There is no account with this name and password.');
  }

  /**
   * Sets an account's password by a link. Resolves with the changed account and its sessions, all of
   * which have ended.
   * @throws ChatError `invalid-link`, `account-suspended`, `too-many-requests`, `overloaded`, or what
   * is wrong with the fields
   */
  async reset(
    fields: Fields,
    address: string | undefined,
  ): Promise<{ account: Account; ended: EndedSession[] }> {
    const next = parseNewPassword(fields.newPassword);
    await this.#attempts.signUp(address);
    const link = await this.#links.find(fields.reset);
    const account = link.kind === 'reset' && (await this.#store.find({ id: link.accountId }));
    if (!account) throw invalidLink();
    if (account.suspendedAt !== undefined) throw suspended();
    await requireUncommon(next, account);
    const passwordHash = await this.#passwords.hash(next);
    const ended = await this.#linkStore.reset(link.hash, passwordHash, this.#clock());
    if (!ended) throw invalidLink();
    return { account: { ...account, passwordHash }, ended };
  }

  /**
   * Changes an account's password, given the old one. Resolves with the changed account.
   * @throws ChatError as `logIn`, and `forbidden` when the account has none
   */
  async changePassword(
    account: Account,
    fields: Fields,
    address: string | undefined,
  ): Promise<Account> {
    const next = parseNewPassword(fields.newPassword);
    await this.requirePassword(account, fields, address);
    await requireUncommon(next, account);
    const passwordHash = await this.#passwords.hash(next);
    await this.#store.setPassword(account.id, passwordHash);
    return { ...account, passwordHash };
  }

  /**
   * Checks the password of an account that is signed in.
   * @throws ChatError as `logIn`, and `forbidden` when the account has none
   */
  async requirePassword(
    account: Account,
    fields: Fields,
    address: string | undefined,
  ): Promise<void> {
    if (!hasPassword(account)) {
      throw new ChatError(
        'forbidden',
        'This account has no password: it signs in by the OpenID provider.',
      );
    }
    const password = parsePassword('password', fields.password);
    const key = countedAs(account);
    const right = await this.#attempts.login({ key, address }, async () =>
      (await this.#passwords.matches(password, account.passwordHash)) ? true : undefined,
    );
    if (!right) throw new ChatError('invalid-credentials', 'This is not the password.');
  }
}

/** False for an account that can sign in only by the OpenID provider. */
export function hasPassword({ passwordHash }: Account): boolean {
  return passwordHash !== '';
}

/** The error for a sign-in to a suspended account. */
export function suspended(): ChatError {
  return new ChatError(
    'account-suspended',
    'This account is suspended; ask an administrator of this server.',
  );
}

/** Makes a new account, which is no administrator. */
export function newAccount(
  { username, email }: { username: string; email: string },
  passwordHash: string,
  at: number,
): Account {
  const id = randomUUID();
  return {
    id,
    username,
    nameKey: foldName(username),
    email,
    emailKey: email === '' ? id : foldEmail(email),
    passwordHash,
    admin: false,
    at,
  };
}

/** The key of a login: no name has an "@", and every e-mail address has one. */
export function keyOf(login: string): AccountKey {
  return login.includes('@') ? { emailKey: foldEmail(login) } : { nameKey: foldName(login) };
}

/** The key by which an account's wrong passwords are counted. No unknown login has such a key. */
function countedAs({ id }: Account): string {
  return `account ${id}`;
}

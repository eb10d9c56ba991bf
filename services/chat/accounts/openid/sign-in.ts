import { foldEmail } from '@parley/contract/accounts/fold.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { ProviderConfig } from '@parley/kit/tokens/provider-settings.ts';
import type { Account, AccountStore } from '../../store/people/accounts.ts';
import type { LinkStore } from '../../store/people/links.ts';
import type { TicketStore } from '../../store/people/tickets.ts';
import { isSecret, newSecret } from '../../tickets/secret.ts';
import { newAccount, suspended } from '../accounts.ts';
import type { Attempts } from '../attempts.ts';
import { addAccount, type Links } from '../links.ts';
import type { AccountConfig } from '../settings.ts';
import { chooseNames } from './choose-names.ts';
import { type Flow, Flows } from './flows.ts';
import { OpenIdProvider, type Person } from './provider.ts';
import { SignInFailed } from './sign-in-failed.ts';

interface SignInParts {
  store: AccountStore;
  tickets: TicketStore;
  links: Links;
  linkStore: LinkStore;
  attempts: Attempts;
  log: Log;
  clock: () => number;
}

/** What a browser gets when a sign-in begins: the provider's address, and the secret for its cookie. */
export interface Begun {
  url: string;
  browser: string;
}

/**
 * Sign-in by an OpenID provider. An account belongs to the provider's subject, and is never found by
 * a name or an address. The first sign-in makes it.
 */
export class OpenIdSignIn {
  /** What the page's button names. */
  readonly label: string;
  readonly #parts: SignInParts;
  readonly #provider: OpenIdProvider;
  readonly #flows: Flows;
  readonly #signUpIsOpen: boolean;

  constructor(
    config: AccountConfig & Pick<ProviderConfig, 'oidcIssuer' | 'oidcClaims'>,
    parts: SignInParts,
  ) {
    this.label = config.oidcLabel;
    this.#parts = parts;
    this.#provider = new OpenIdProvider(config, parts.log);
    this.#flows = new Flows({ ...parts, store: parts.tickets });
    this.#signUpIsOpen = config.signUp === 'open' || config.oidcSignUp === 'open';
  }

  /**
   * Begins a sign-in, for a browser that may have a secret from another.
   * @throws ChatError `provider-unavailable`, `too-many-requests` or `overloaded`
   */
  async begin(
    wanted: Omit<Flow, 'checks'>,
    { browser, address }: { browser: string | undefined; address: string | undefined },
  ): Promise<Begun> {
    await this.#parts.attempts.openId(address);
    const checks = { state: newSecret(), nonce: newSecret(), verifier: newSecret() };
    const url = await this.#provider.address(wanted.redirectUri, checks);
    const secret = isSecret(browser) ? browser : newSecret();
    await this.#flows.begin(secret, { ...wanted, checks });
    return { url, browser: secret };
  }

  /** The sign-in that an answer belongs to, once; undefined when there is none. */
  find(browser: string | undefined, state: unknown): Promise<Flow | undefined> {
    return this.#flows.take(browser, state);
  }

  /**
   * Ends a sign-in with the provider's answer, which is the query of `address`.
   * @throws SignInFailed, or ChatError `provider-unavailable`, `account-suspended`, `invalid-link` or
   * `account-exists`
   */
  async end({ checks, redirectUri, invitation }: Flow, address: string): Promise<Account> {
    const answer = new URL(redirectUri);
    answer.search = new URL(address, redirectUri).search;
    const person = await this.#provider.identify(answer, checks);
    const account =
      (await this.#parts.store.find({ providerSubject: person.subject })) ??
      (await this.#add(person, invitation));
    if (account.suspendedAt !== undefined) throw suspended();
    return account;
  }

  async #add({ subject, names, email }: Person, invitation: string | undefined): Promise<Account> {
    const { store, links, clock } = this.#parts;
    const link = await links.findInvitation(invitation);
    if (!link && !this.#signUpIsOpen) throw new SignInFailed('closed');
    const free = email !== undefined && !(await store.find({ emailKey: foldEmail(email) }));
    for (const username of chooseNames(names)) {
      const account = providerAccount({ username, email: free ? email : '', subject }, clock());
      const added = await addAccount(this.#parts, account, link);
      if (added) return added;
      // The same person may have signed in at the same time.
      const other = await store.find({ providerSubject: subject });
      if (other) return other;
    }
    throw new ChatError('account-exists', 'Every name that was tried has an account.');
  }
}

/** An account without a password. */
function providerAccount(
  { username, email, subject }: { username: string; email: string; subject: string },
  at: number,
): Account {
  return { ...newAccount({ username, email }, '', at), providerSubject: subject };
}

import type { Bus } from '@parley/kit/bus/bus.ts';
import { listOrigins } from '@parley/kit/http/origins.ts';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { ProviderConfig } from '@parley/kit/tokens/provider-settings.ts';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { Mailer } from '../mail/mailer.ts';
import { openMailMetrics } from '../mail/metrics.ts';
import type { MailConfig } from '../mail/settings.ts';
import type { AccountStore } from '../store/people/accounts.ts';
import type { LinkStore } from '../store/people/links.ts';
import type { TicketStore } from '../store/people/tickets.ts';
import { Accounts } from './accounts.ts';
import { Attempts } from './attempts.ts';
import { Links } from './links.ts';
import { MailedLinks } from './mailed-links.ts';
import { type AccountMetrics, openAccountMetrics } from './metrics.ts';
import { hasOpenIdSignIn } from './openid/settings.ts';
import { OpenIdSignIn } from './openid/sign-in.ts';
import { Passwords } from './passwords.ts';
import { SessionEnds } from './session-ends.ts';
import { Sessions } from './sessions.ts';
import type { AccountConfig } from './settings.ts';

/** What the routes of accounts need. */
export interface AccountParts {
  store: AccountStore;
  clock: () => number;
  accounts: Accounts;
  attempts: Attempts;
  links: Links;
  /** Undefined without SMTP_URL. */
  mail: MailedLinks | undefined;
  /** The page's address in links (PUBLIC_URL); empty: that of the request. */
  origin: string;
  linkStore: LinkStore;
  /** Undefined where people do not sign in by a provider. */
  openId: OpenIdSignIn | undefined;
  sessions: Sessions;
  ends: SessionEnds;
  authenticator: Authenticator;
  bus: Bus;
  log: Log;
  metrics: AccountMetrics;
  addressOf: AddressOf;
  /** With `open` everyone can sign up. */
  signUp: 'open' | 'closed';
  /** Pages of these origins may sign in a visitor, as our own page may. */
  origins: string[];
}

/** Opens chat's accounts. Without a key to sign tokens there are none: `parts` is undefined. */
export function openAccounts(
  config: AccountConfig & MailConfig & ProviderConfig & { corsOrigins: string },
  {
    store,
    linkStore,
    tickets,
    tokenKey: key,
    authenticator,
    bus,
    log,
    metrics,
    addressOf,
    clock,
  }: {
    store: AccountStore;
    linkStore: LinkStore;
    tickets: TicketStore;
    tokenKey: SigningKey | undefined;
    authenticator: Authenticator;
    bus: Bus;
    log: Log;
    metrics: Metrics;
    addressOf: AddressOf;
    clock: () => number;
  },
): AsyncDisposable & { parts: AccountParts | undefined } {
  const counted = openAccountMetrics(metrics);
  const mailing = openMailMetrics(metrics);
  const { ended } = authenticator;
  const ends = new SessionEnds(config.tokenSeconds, { store, bus, ended, log, clock });
  const stack = new AsyncDisposableStack();
  stack.use(ends);
  const end = () => stack.disposeAsync();
  if (!key) return { parts: undefined, [Symbol.asyncDispose]: end };
  const links = new Links(linkStore, clock);
  const attempts = new Attempts();
  const openId = hasOpenIdSignIn(config)
    ? new OpenIdSignIn(config, { store, tickets, links, linkStore, attempts, log, clock })
    : undefined;
  const { publicUrl } = config;
  const mailer = config.smtpUrl && stack.use(new Mailer(config, { log, metrics: mailing }));
  const parts = {
    store,
    clock,
    links,
    linkStore,
    attempts,
    mail: mailer ? new MailedLinks(publicUrl, { store, links, mailer, log }) : undefined,
    origin: publicUrl && new URL(publicUrl).origin,
    accounts: new Accounts({
      store,
      passwords: new Passwords(),
      attempts,
      links,
      linkStore,
      clock,
    }),
    openId,
    sessions: new Sessions(config, { store, key, clock }),
    ends,
    authenticator,
    bus,
    log,
    addressOf,
    metrics: counted,
    signUp: config.signUp,
    origins: listOrigins(config.corsOrigins),
  };
  return { parts, [Symbol.asyncDispose]: end };
}

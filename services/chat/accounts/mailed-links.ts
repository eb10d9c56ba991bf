import { ChatError } from '@parley/contract/problem.ts';
import { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Mailer } from '../mail/mailer.ts';
import { confirmationText, invitationText, resetText } from '../mail/texts.ts';
import type { Account, AccountStore } from '../store/people/accounts.ts';
import type { AuditDraft } from '../store/people/audit.ts';
import { hasPassword, keyOf } from './accounts.ts';
import type { GivenLink, Links } from './links.ts';

/** Names and addresses whose accounts are looked up after the answer. */
const WAITING_MAX = 1_000;

/** Sends links to the addresses of people: to confirm an address, to set a password, to invite. */
export class MailedLinks {
  readonly #store: AccountStore;
  readonly #links: Links;
  readonly #mailer: Mailer;
  readonly #log: Log;
  readonly #origin: string;
  readonly #lookUps = new WorkQueue({ atOnce: 2, waitingMax: WAITING_MAX, refusal: '' });

  constructor(
    publicUrl: string,
    { store, links, mailer, log }: { store: AccountStore; links: Links; mailer: Mailer; log: Log },
  ) {
    this.#origin = new URL(publicUrl).origin;
    this.#store = store;
    this.#links = links;
    this.#mailer = mailer;
    this.#log = log;
  }

  /** Sends a link that makes an address that of an account. @throws ChatError `overloaded` */
  async confirm({ id }: Account, email: string, act?: AuditDraft): Promise<void> {
    const link = this.#urlOf(await this.#links.confirmation(id, email, act));
    this.#mailer.send({ to: email, ...confirmationText(link) });
  }

  /**
   * Sends a link for a new password to the confirmed address of an account. The account is looked up
   * later, so that neither an answer nor its time shows whether there is one.
   */
  forgot(login: string): void {
    this.#lookUps
      .run(() => this.#sendReset(login))
      .catch((err) => {
        if (err instanceof ChatError && err.code === 'overloaded') return;
        this.#log.warn({ err }, 'mail: a link for a new password was not made');
      });
  }

  /** Sends an invitation. */
  invite(email: string, link: GivenLink): void {
    this.#mailer.send({ to: email, ...invitationText(this.#urlOf(link), link.expiresAt) });
  }

  async #sendReset(login: string): Promise<void> {
    const account = await this.#store.find(keyOf(login));
    if (account?.emailConfirmedAt === undefined || account.suspendedAt !== undefined) return;
    if (!hasPassword(account)) return;
    const link = await this.#links.mailedReset(account.id);
    if (!link) return;
    this.#mailer.send({ to: account.email, ...resetText(this.#urlOf(link), account.username) });
  }

  #urlOf({ fragment }: GivenLink): string {
    return `${this.#origin}/${fragment}`;
  }
}

/** The error of a server without SMTP_URL. */
export function noMail(): ChatError {
  return new ChatError('not-found', 'This server sends no mail; it needs SMTP_URL for that.');
}

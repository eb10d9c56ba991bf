import { setTimeout as delay } from 'node:timers/promises';
import { foldEmail } from '@parley/contract/accounts/fold.ts';
import { openRate } from '@parley/kit/limits/rate.ts';
import { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import { readText } from '@parley/kit/settings/settings.ts';
import { causeOf, isRefusal } from './failure.ts';
import type { MailMetrics } from './metrics.ts';
import { checkMailSettings, type MailConfig, parseSender } from './settings.ts';

/** A plain-text mail. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** Mails that wait, or are being sent. */
const KEPT_MAX = 1_000;
const AT_ONCE = 2;
/** The waits between the tries of a mail: nearly four minutes in all. */
const WAITS_MS = [2_000, 10_000, 30_000, 60_000, 120_000];
/** How long one try may take. */
const TRY_MS = 60_000;
/** How long a stop waits for mails. */
const STOP_MS = 5_000;
/** Mails to one address in an hour. */
const OF_ADDRESS_MAX = 5;

type Outcome = 'sent' | 'failed' | 'limited' | 'dropped';

/**
 * Sends mails one after the other, while the caller goes on. A mail that fails is tried again. The
 * log has causes, and neither addresses nor texts. Disposing of it gives each waiting mail one try.
 */
export class Mailer implements AsyncDisposable {
  readonly #config: MailConfig;
  readonly #ca: string | undefined;
  readonly #log: Log;
  readonly #waitsMs: readonly number[];
  readonly #metrics: MailMetrics;
  readonly #ofAddress = openRate(OF_ADDRESS_MAX, { seconds: 3_600 });
  readonly #queue = new WorkQueue({ atOnce: AT_ONCE, waitingMax: KEPT_MAX, refusal: '' });
  readonly #kept = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  #transport: Promise<ReturnType<typeof import('./transport.ts').openTransport>> | undefined;
  #isFailing = false;

  /** @throws SettingsError when the settings do not fit each other, or a file cannot be read */
  constructor(
    config: MailConfig,
    { log, metrics, waitsMs = WAITS_MS }: { log: Log; metrics: MailMetrics; waitsMs?: number[] },
  ) {
    checkMailSettings(config);
    const { smtpCaFile } = config;
    this.#ca = smtpCaFile === '' ? undefined : readText('SMTP_CA_FILE', smtpCaFile);
    this.#config = config;
    this.#log = log;
    this.#waitsMs = waitsMs;
    this.#metrics = metrics;
  }

  /** Sends a mail later. A mail beyond a limit is only counted. */
  send(mail: Mail): void {
    const { mails, waiting } = this.#metrics;
    if (this.#kept.size >= KEPT_MAX) {
      mails.inc({ outcome: 'dropped' });
      return;
    }
    const delivery = this.#deliver(mail).then((outcome) => {
      this.#kept.delete(delivery);
      waiting.set(this.#kept.size);
      mails.inc({ outcome });
    });
    this.#kept.add(delivery);
    waiting.set(this.#kept.size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const all = Promise.all(this.#kept);
    await Promise.race([all, delay(STOP_MS, undefined, { ref: false })]);
    this.#cut.abort();
    await all;
    (await this.#transport)?.close();
  }

  async #deliver(mail: Mail): Promise<Outcome> {
    if ((await this.#ofAddress?.(`${mail.subject} ${foldEmail(mail.to)}`)) !== undefined)
      return 'limited';
    for (const waitMs of [...this.#waitsMs, undefined]) {
      const { aborted } = this.#stop.signal;
      const error = await this.#queue.run(() => this.#try(mail));
      if (error === undefined) return 'sent';
      if (waitMs === undefined || aborted || isRefusal(error)) return 'failed';
      await pause(waitMs, this.#stop.signal);
    }
    return 'failed';
  }

  /** Resolves with why the mail was not sent. */
  async #try({ to, subject, text }: Mail): Promise<unknown> {
    try {
      // Most servers send no mail, so the library is loaded for the first one.
      this.#transport ??= import('./transport.ts').then(({ openTransport }) =>
        openTransport(this.#config, this.#ca),
      );
      const transport = await this.#transport;
      const signal = AbortSignal.any([this.#cut.signal, AbortSignal.timeout(TRY_MS)]);
      const from = parseSender(this.#config.mailFrom);
      const headers = { 'Auto-Submitted': 'auto-generated' };
      await transport.sendMail({ from, to, subject, text, headers, signal });
      if (this.#isFailing) this.#log.info('mail: the SMTP server accepts mails again');
      this.#isFailing = false;
      return undefined;
    } catch (error) {
      this.#note(error);
      return error;
    }
  }

  #note(error: unknown): void {
    const cause = causeOf(error);
    if (isRefusal(error)) this.#log.warn({ cause }, 'mail: the SMTP server refused a mail');
    else if (!this.#isFailing)
      this.#log.warn({ cause }, 'mail: sending failed; it is tried again for some minutes');
    this.#isFailing ||= !isRefusal(error);
  }
}

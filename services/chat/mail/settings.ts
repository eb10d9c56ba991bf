import { parseEmail } from '@parley/contract/accounts/account.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { isLoopback } from '@parley/kit/http/hosts.ts';
import { urlFormat } from '@parley/kit/settings/formats.ts';
import { type Setting, SettingsError } from '@parley/kit/settings/settings.ts';

/** How chat sends mail, and the address in its links. Without `smtpUrl` it sends none. */
export interface MailConfig {
  smtpUrl: string;
  smtpCaFile: string;
  smtpTls: 'required' | 'off';
  mailFrom: string;
  publicUrl: string;
}

/** Who a mail is from. `name` is empty for an address alone. */
export interface Sender {
  name: string;
  address: string;
}

const SENDER = /^(?:([^<>"\p{Cc}]{0,64}?) *<([^<>]+)>|([^<>]+))$/u;

/** Reads `Name <address>` or an address. @throws Error that says what it must be */
export function parseSender(text: string): Sender {
  const [, name = '', named, bare] = SENDER.exec(text) ?? [];
  try {
    return { name, address: parseEmail(named ?? bare) };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw new Error('must be an address, such as Parley <chat@example.org>');
  }
}

function checkSmtpUrl(text: string): void {
  urlFormat(['smtp:', 'smtps:']).validate(text);
  if (text !== '' && new URL(text).hostname === '') throw new Error('must name a host');
}

export const mailSettings: { [K in keyof MailConfig]: Setting<MailConfig[K]> } = {
  smtpUrl: {
    doc: 'Address of the SMTP server: smtps://user:password@host:465 or smtp://user:password@host:587. Empty: no mail is sent.',
    format: { name: 'SMTP address', check: checkSmtpUrl },
    default: '',
    env: 'SMTP_URL',
    sensitive: true,
  },
  smtpCaFile: {
    doc: "PEM file of the authority that signed the SMTP server's certificate; empty: the usual authorities.",
    format: 'text',
    default: '',
    env: 'SMTP_CA_FILE',
  },
  smtpTls: {
    doc: 'required: mail is sent over TLS only (smtp:// by STARTTLS); off: without TLS, to a server on this machine only.',
    format: ['required', 'off'],
    default: 'required',
    env: 'SMTP_TLS',
  },
  mailFrom: {
    doc: 'Sender of mails: an address, or Name <address>; needed with SMTP_URL.',
    format: {
      name: 'sender',
      check: (text) => void (text !== '' && parseSender(text)),
    },
    default: '',
    env: 'MAIL_FROM',
  },
  publicUrl: {
    doc: 'Address of the page as people reach it, for links and for what the start prints, such as https://my.host; needed with SMTP_URL. Empty: the address of each request.',
    format: 'http address',
    default: '',
    env: 'PUBLIC_URL',
  },
};

/** Refuses settings that do not fit each other. @throws SettingsError */
export function checkMailSettings({ smtpUrl, smtpTls, mailFrom, publicUrl }: MailConfig): void {
  if (mailFrom === '' || publicUrl === '')
    throw new SettingsError('SMTP_URL: set MAIL_FROM and PUBLIC_URL, too');
  if (smtpTls === 'off' && !isLoopback(new URL(smtpUrl).hostname.replace(/^\[|\]$/g, '')))
    throw new SettingsError(
      'SMTP_TLS: can be off only where the server of SMTP_URL is on loopback',
    );
}

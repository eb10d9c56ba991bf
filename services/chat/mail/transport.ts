import { createTransport, type SMTPTransportOptions } from 'nodemailer';
import type { MailConfig } from './settings.ts';

const CONNECT_MS = 10_000;
const SILENT_MS = 20_000;

/**
 * Opens the way to the SMTP server, without a connection. `smtps:` uses TLS from the start, `smtp:`
 * STARTTLS (RFC 3207). `ca` is an authority in place of the usual ones, PEM.
 */
export function openTransport(
  { smtpUrl, smtpTls }: Pick<MailConfig, 'smtpUrl' | 'smtpTls'>,
  ca: string | undefined,
) {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const options: SMTPTransportOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && smtpTls === 'required',
    ignoreTLS: smtpTls === 'off',
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    ...(url.username !== '' && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return createTransport(options);
}

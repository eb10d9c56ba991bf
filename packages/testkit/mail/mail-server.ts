import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { until } from '../until.ts';

/** A mail as the server got it. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Whether it came over TLS. */
  secure: boolean;
  /** Headers and text, decoded. */
  source: string;
}

export interface MailServerOptions {
  cert: string;
  key: string;
  /** `smtps`: TLS from the start; `smtp`: STARTTLS; `plain`: none. */
  kind?: 'smtps' | 'smtp' | 'plain';
  port?: number;
  /** Refuses a recipient with this code. */
  refuse?: (recipient: string) => number | undefined;
}

/** A real SMTP server, whose one user has to sign in. */
export interface MailServer extends AsyncDisposable {
  port: number;
  mails: ReceivedMail[];
  /** Connections so far. */
  readonly connections: number;
  /** Resolves with the newest mail for an address, when there are as many as asked for. */
  mailTo(address: string, count?: number): Promise<ReceivedMail>;
}

export const MAIL_USER = 'parley';
export const MAIL_PASSWORD = 'a secret/of the server';

/** The address of such a server for SMTP_URL. */
export function smtpUrlOf(port: number, scheme: 'smtp' | 'smtps' = 'smtp'): string {
  return `${scheme}://${MAIL_USER}:${encodeURIComponent(MAIL_PASSWORD)}@localhost:${port}`;
}

/** Starts an SMTP server on loopback. */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { cert, key, kind = 'smtp', port = 0, refuse } = options;
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    cert,
    key,
    secure: kind === 'smtps',
    disabledCommands: kind === 'plain' ? ['STARTTLS', 'AUTH'] : [],
    authOptional: kind === 'plain',
    onConnect(_session, done) {
      connections++;
      done();
    },
    onAuth({ username, password }, _session, done) {
      const isRight = username === MAIL_USER && password === MAIL_PASSWORD;
      done(isRight ? null : new Error('wrong'), isRight ? { user: username } : undefined);
    },
    onRcptTo({ address }, _session, done) {
      const responseCode = refuse?.(address);
      if (responseCode === undefined) return done();
      done(Object.assign(new Error(`no mailbox ${address}`), { responseCode }));
    },
    onData(stream, { envelope, secure }, done) {
      void buffer(stream).then((bytes) => {
        const to = envelope.rcptTo.map(({ address }) => address);
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        mails.push({ from, to, secure, source: decoded(bytes.toString()) });
        done();
      });
    },
  });
  // A client that ends within the handshake is none of the test's business.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    get connections() {
      return connections;
    },
    async mailTo(address, count = 1) {
      const found = () => mails.filter(({ to }) => to.includes(address));
      await until(`mail ${count} to ${address} arrives`, () => found().length >= count);
      return found().at(-1) as ReceivedMail;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The link in a mail. */
export function linkOf({ source }: ReceivedMail): string {
  return /https?:\/\/\S+/.exec(source)?.[0] ?? '';
}

/** Undoes quoted-printable (RFC 2045 section 6.7), where a mail is written in it. */
function decoded(source: string): string {
  if (!/^content-transfer-encoding: quoted-printable/im.test(source)) return source;
  return source
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

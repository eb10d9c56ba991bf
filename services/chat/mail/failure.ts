/** What nodemailer's errors have (its `errors.js`). */
interface MailError {
  code?: string;
  responseCode?: number;
  command?: string;
  message?: string;
}

/** Codes of failures before the server knows the mail, so that their messages have no address. */
const BEFORE_MAIL = new Set(['ESOCKET', 'EDNS', 'ETIMEDOUT', 'ETLS']);
const ABOUT_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** True when the server refused this mail for good (RFC 5321 section 4.2.1), so that trying again is useless. */
export function isRefusal(error: unknown): boolean {
  const { code = '', responseCode = 0 } = error as MailError;
  return ABOUT_MAIL.has(code) && responseCode >= 500;
}

/** Why a mail was not sent, for the log: without an answer of the server, which may repeat an address. */
export function causeOf(error: unknown): string {
  const { code = 'unknown', responseCode, command, message } = error as MailError;
  if (BEFORE_MAIL.has(code)) return `${code}: ${message}`;
  const answered = responseCode === undefined ? '' : ` ${responseCode}`;
  return `${code}${answered}${command === undefined ? '' : ` after ${command}`}`;
}

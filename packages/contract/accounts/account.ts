import { z } from 'zod';
import { ChatError } from '../problem.ts';
import { foldName } from './fold.ts';
import { isFarLonger, misleadingFault } from './name.ts';

const PASSWORD_MIN = 8;
/** Enough for any passphrase, and cheap to hash. */
const PASSWORD_MAX_BYTES = 1_024;
const USERNAME_MAX = 64;
/** A name's key may be longer than the name, because some characters fold to many. */
const KEY_MAX = 256;
const EMAIL_MAX = 254;
/**
 * Control characters, with newline and tab, and every form of "@", which makes a name look like an
 * e-mail address.
 */
const FORBIDDEN_IN_NAME = /[\p{Cc}@﹫＠]/u;
const LOGIN = new RegExp(`^[^\\0]{1,${EMAIL_MAX}}$`);

/** The checked fields of a request for an account. */
export interface SignUp {
  username: string;
  /** Empty without one. */
  email: string;
  password: string;
}

/**
 * The name or e-mail address and the password of a person who signs in; nothing proves yet that
 * they belong to that person.
 */
export interface Login {
  login: string;
  password: string;
}

const text = z.string();

/**
 * The answer to a sign-up or a login. The token is valid until `expiresAt`; then the client renews
 * it.
 */
export const signedInSchema = z.object({
  username: text,
  email: text,
  admin: z.boolean(),
  token: text,
  expiresAt: text,
});
export type SignedIn = z.infer<typeof signedInSchema>;

/**
 * The account of a session, and when the session ends. `mail`: true where the server can send mail.
 */
export const sessionSchema = signedInSchema.omit({ token: true }).extend({
  emailConfirmed: z.boolean(),
  password: z.boolean().optional(),
  signUp: z.enum(['open', 'closed']).optional(),
  provider: text.optional(),
  mail: z.boolean().optional(),
});
export type SessionState = z.infer<typeof sessionSchema>;

/** A new token for a session. */
export const renewalSchema = signedInSchema.pick({ token: true, expiresAt: true });
export type Renewal = z.infer<typeof renewalSchema>;

/** @throws ChatError `invalid-username`, `invalid-email` or `invalid-password` */
export function parseSignUp(fields: Record<string, unknown>): SignUp {
  return {
    username: parseAccountName(fields.username),
    email: parseOptionalEmail(fields.email),
    password: parseNewPassword(fields.password),
  };
}

/**
 * Reads a login, whose name may be in `login`, `email` or `username`.
 * @throws ChatError `invalid-username` or `invalid-password`
 */
export function parseLogin({ login, email, username, password }: Record<string, unknown>): Login {
  return {
    login: parseLoginName(login ?? email ?? username),
    password: parsePassword('password', password),
  };
}

/** Reads the name or address of an account. @throws ChatError `invalid-username` */
export function parseLoginName(given: unknown): string {
  // No account's name contains NUL, and not every store can search for it.
  if (typeof given !== 'string' || !LOGIN.test(given) || !given.isWellFormed()) {
    throw new ChatError('invalid-username', 'Send your name or e-mail address as "login".');
  }
  return given;
}

/**
 * Reads a name for an account: like the name in a message, without newline, tab and "@".
 * @throws ChatError `invalid-username`
 */
export function parseAccountName(value: unknown): string {
  const given = typeof value === 'string' ? value.trim() : '';
  const name = isFarLonger(given, USERNAME_MAX) ? '' : given.normalize('NFC');
  if (!name.isWellFormed() || FORBIDDEN_IN_NAME.test(name) || [...name].length > USERNAME_MAX) {
    throw refusedName('is not allowed');
  }
  const fault = misleadingFault(name);
  if (fault !== undefined) throw refusedName(fault);
  const key = foldName(name);
  if (key === '' || key.length > KEY_MAX) throw refusedName('is missing or not allowed');
  return name;
}

function refusedName(fault: string): ChatError {
  return new ChatError(
    'invalid-username',
    `The username ${fault}; send 1 to ${USERNAME_MAX} visible characters, without "@" and control characters.`,
  );
}

/** Reads an address, or '' for none. @throws ChatError `invalid-email` */
export function parseOptionalEmail(value: unknown): string {
  return value === undefined || value === '' ? '' : parseEmail(value);
}

/** Reads an address: ASCII, without line breaks and spaces. @throws ChatError `invalid-email` */
export function parseEmail(value: unknown): string {
  const result = z.email().max(EMAIL_MAX).safeParse(value);
  if (result.success) return result.data;
  throw new ChatError('invalid-email', 'Send an e-mail address such as ada@example.org.');
}

/** Reads a new password. @throws ChatError `invalid-password` */
export function parseNewPassword(value: unknown): string {
  const password = parsePassword('password', value);
  if ([...password].length >= PASSWORD_MIN) return password;
  throw new ChatError(
    'invalid-password',
    `Choose a password of at least ${PASSWORD_MIN} characters.`,
  );
}

/** Reads a password that is to be checked. @throws ChatError `invalid-password` */
export function parsePassword(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new ChatError('invalid-password', `Send the password as text in "${field}".`);
  }
  // In NFKC the same keys give the same password on every system.
  const password = value.normalize('NFKC');
  const bytes = new TextEncoder().encode(password).length;
  if (bytes <= PASSWORD_MAX_BYTES && password.isWellFormed()) return password;
  throw new ChatError('invalid-password', `A password has at most ${PASSWORD_MAX_BYTES} bytes.`);
}

import { z } from 'zod';
import { isFarLonger, misleadingFault } from './name.ts';
import { ChatError } from './problem.ts';

const PASSWORD_MIN = 8;
/** Enough for any phrase, and little to hash. */
const PASSWORD_MAX_BYTES = 1_024;
const USERNAME_MAX = 64;
/** A name's key may be longer than the name, since some characters stand for many. */
const KEY_MAX = 256;
const EMAIL_MAX = 254;
/** Control characters (newline and tab among them), and in each of its forms what would make a name look like an address. */
const FORBIDDEN_IN_NAME = /[\p{Cc}@﹫＠]/u;
const LOGIN = new RegExp(`^[^\\0]{1,${EMAIL_MAX}}$`);
/** What nobody sees: a name with it would look like another's. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** ASCII words with a space between, in small letters: such a name is its own key. */
const FOLDED = /^[!-@[-~]+(?: [!-@[-~]+)*$/;

/** What somebody asks an account for, checked. */
export interface SignUp {
  username: string;
  email: string;
  password: string;
}

/** The name or e-mail address and the password of somebody who wants in; they may be anybody's. */
export interface Login {
  login: string;
  password: string;
}

const text = z.string();

/** The answer to a sign-up or a login: the token is good until `expiresAt`, and then renewed. */
export const signedInSchema = z.object({
  username: text,
  email: text,
  admin: z.boolean(),
  token: text,
  expiresAt: text,
});
export type SignedIn = z.infer<typeof signedInSchema>;

/** Whose session it is, and when it ends. */
export const sessionSchema = signedInSchema
  .omit({ token: true })
  .extend({ signUp: z.enum(['open', 'closed']).optional() });
export type SessionState = z.infer<typeof sessionSchema>;

/** A new token for a session. */
export const renewalSchema = signedInSchema.pick({ token: true, expiresAt: true });
export type Renewal = z.infer<typeof renewalSchema>;

/**
 * What makes two names one: compatibility forms, case, white space and invisible characters aside
 * (Unicode Standard Annex 15, NFKC; a key is for comparing, never shown).
 */
export function foldName(name: string): string {
  if (FOLDED.test(name)) return name;
  const plain = name.normalize('NFKC').replaceAll(INVISIBLE, '');
  // Upper first: so that ß and SS are one, as full case folding has it.
  const folded = plain.toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll(/\s+/g, ' ').trim();
}

/** What makes two e-mail addresses one. */
export function foldEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** @throws ChatError `invalid-username`, `invalid-email` or `invalid-password` */
export function parseSignUp(fields: Record<string, unknown>): SignUp {
  return {
    username: parseAccountName(fields.username),
    email: parseEmail(fields.email),
    password: parseNewPassword(fields.password),
  };
}

/** The login may be called `login`, `email` or `username`. @throws ChatError `invalid-username` or `invalid-password` */
export function parseLogin({ login, email, username, password }: Record<string, unknown>): Login {
  const given = login ?? email ?? username;
  // No account's name has a NUL, and not every store can look for one.
  if (typeof given !== 'string' || !LOGIN.test(given) || !given.isWellFormed()) {
    throw new ChatError('invalid-username', 'Send your name or e-mail address as "login".');
  }
  return { login: given, password: parsePassword('password', password) };
}

/**
 * A name for an account: as in a message, without newline, tab and "@".
 * @throws ChatError `invalid-username`
 */
export function parseAccountName(value: unknown): string {
  const given = typeof value === 'string' ? value.trim() : '';
  const name = isFarLonger(given, USERNAME_MAX) ? '' : given.normalize('NFC');
  if (!name.isWellFormed() || FORBIDDEN_IN_NAME.test(name) || [...name].length > USERNAME_MAX) {
    throw refusedName('cannot be taken');
  }
  const fault = misleadingFault(name);
  if (fault !== undefined) throw refusedName(fault);
  const key = foldName(name);
  if (key === '' || key.length > KEY_MAX) throw refusedName('is missing or cannot be taken');
  return name;
}

function refusedName(fault: string): ChatError {
  return new ChatError(
    'invalid-username',
    `The username ${fault}; send 1 to ${USERNAME_MAX} characters that can be seen, without "@" and control characters.`,
  );
}

/** @throws ChatError `invalid-email` */
export function parseEmail(value: unknown): string {
  const result = z.email().max(EMAIL_MAX).safeParse(value);
  if (result.success) return result.data;
  throw new ChatError('invalid-email', 'Send an e-mail address such as ada@example.org.');
}

/** A password that somebody chooses. @throws ChatError `invalid-password` */
export function parseNewPassword(value: unknown): string {
  const password = parsePassword('password', value);
  if ([...password].length >= PASSWORD_MIN) return password;
  throw new ChatError(
    'invalid-password',
    `Choose a password of at least ${PASSWORD_MIN} characters.`,
  );
}

/** A password that may be right or wrong. @throws ChatError `invalid-password` */
export function parsePassword(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new ChatError('invalid-password', `Send the password as text in "${field}".`);
  }
  // The same keys give the same password on every system.
  const password = value.normalize('NFKC');
  const bytes = new TextEncoder().encode(password).length;
  if (bytes <= PASSWORD_MAX_BYTES && password.isWellFormed()) return password;
  throw new ChatError('invalid-password', `A password has at most ${PASSWORD_MAX_BYTES} bytes.`);
}

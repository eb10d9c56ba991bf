import { randomBytes } from 'node:crypto';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;

/** 256 random bits, as 43 characters of base64url (RFC 4648 section 5). */
export function newSecret(): string {
  return randomBytes(BYTES).toString('base64url');
}

/** True for a text that `newSecret` may have made. */
export function isSecret(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value);
}

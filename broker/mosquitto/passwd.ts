import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { PART_USER } from '../access/permissions.ts';

/**
 * The iterations of `mosquitto_passwd` 2.0. Mosquitto hashes again at each connection, so more
 * would cost time.
 */
const ITERATIONS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/**
 * The text of Mosquitto's `passwd` file: the user of Parley's services, with a salted hash (`$7$`:
 * PBKDF2, SHA-512).
 */
export function encodePasswd(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return `${PART_USER}:$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}

import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAST_FILE, type Making, SECRETS, type SecretName } from './secret-files.ts';

/** Files that no container reads. */
const OWNER_ALONE = new Set(['ca.key', 'token_next.key']);
/** Secrets that not every deployment needs; they are made only when named. */
const WHEN_NAMED = new Set<SecretName>(['store-tls']);
const CERTIFICATES = ['edge', 'broker', 'store-tls'] as const;

/** What to make. Without options, every missing secret. */
interface Wish extends Pick<Making, 'hosts'> {
  /** Secrets that are made again although they exist. */
  renew: readonly SecretName[];
  /** Only these secrets are made. */
  only: readonly SecretName[];
}

const ALL = Object.keys(SECRETS) as SecretName[];

/**
 * Makes the missing secrets and those to renew; returns the names of the written files. Only the
 * owner can enter the folder. Every user can read the files in it, because they are mounted one by
 * one into containers whose users have other ids.
 */
export async function writeSecrets(
  folder: string,
  { renew = [], only = ALL, hosts = {} }: Partial<Wish>,
): Promise<string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const read = (name: string) => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const there = (name: SecretName) => read(LAST_FILE[name]) !== undefined;
  const anew = new Set(renew);
  // A certificate is valid only with its authority and for its names, so that it is renewed with
  // them. A certificate of another authority is kept.
  for (const name of CERTIFICATES) {
    const orphaned = anew.has('authority') && isSigned(read(LAST_FILE[name]), read('ca.crt'));
    if (hosts[name] || orphaned) anew.add(name);
  }
  const written: string[] = [];
  for (const name of only) {
    if (!anew.has(name) && (there(name) || WHEN_NAMED.has(name))) continue;
    for (const [file, text] of Object.entries(await SECRETS[name]({ read, hosts }))) {
      write(join(folder, file), { text, mode: OWNER_ALONE.has(file) ? 0o600 : 0o644 });
      written.push(file);
    }
  }
  return written;
}

function isSigned(certificate: string | undefined, authority: string | undefined): boolean {
  if (certificate === undefined || authority === undefined) return false;
  const { publicKey } = new X509Certificate(authority);
  return new X509Certificate(certificate).verify(publicKey);
}

/**
 * Writes in place: a container that has the file mounted sees the new text, but would not see a new
 * file.
 */
function write(path: string, { text, mode }: { text: string; mode: number }): void {
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
}

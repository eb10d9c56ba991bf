import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAST_FILE, type Making, SECRETS, type SecretName } from './secret-files.ts';

/** What no container reads. */
const OWNER_ALONE = new Set(['ca.key', 'token_next.key']);
/** What not every deployment has; made when it is asked for. */
const WHEN_NAMED = new Set<SecretName>(['store-tls']);
const CERTIFICATES = ['edge', 'broker', 'store-tls'] as const;

/** What to make. */
interface Wish extends Pick<Making, 'hosts'> {
  /** Made anew though they are there. */
  renew: readonly SecretName[];
  /** Nothing but these. */
  only: readonly SecretName[];
}

const ALL = Object.keys(SECRETS) as SecretName[];

/**
 * Makes the secrets that are missing and, anew, those to be renewed; answers with the names of the
 * files that it wrote. Nobody but the owner gets into the folder. The files in it can be read
 * by all, since the users of containers, to which they are mounted one by one, have other numbers.
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
  // What an authority signed holds only with it, and a certificate only for the hosts that it names.
  // One that another authority signed stays.
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

/** In place: a container that has the file mounted sees the new text, and would not see a new file. */
function write(path: string, { text, mode }: { text: string; mode: number }): void {
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
}

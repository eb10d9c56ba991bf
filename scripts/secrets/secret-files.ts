import { randomBytes, X509Certificate } from 'node:crypto';
import { PlainError } from '@parley/kit/plain-error.ts';
import { type Certificate, issueCertificate, makeAuthority } from './certificates.ts';
import { makeTokenFiles } from './token-files.ts';

/** A file that was there before, as far as it matters for its successor. */
export type ReadFile = (name: string) => string | undefined;

export interface Making {
  read: ReadFile;
  /** The names and addresses at which browsers reach the front door; where none are given, those that its certificate has. */
  hosts: readonly [string, ...string[]] | undefined;
}

/** Makes one secret: the texts of its files by their names. */
type Make = (making: Making) => Record<string, string> | Promise<Record<string, string>>;

/** The parts' name on the bus. */
const PART_USER = 'parley';
/** Two logins of one owner, so that the next one works before the last one ends. */
const LOGINS = ['parley_a', 'parley_b'] as const;
const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'] as const;
const BROKER_NAMES = ['broker', 'localhost', '127.0.0.1', '::1'] as const;

/** Every secret and how it is made, in an order in which each finds what it needs. */
export const SECRETS = {
  authority: async () => certified('ca', await makeAuthority('Parley authority')),
  edge: async ({ read, hosts }) =>
    certified('edge', await signServer(read, hosts ?? namesOf(read('edge.crt')))),
  broker: async ({ read }) => certified('broker', await signServer(read, BROKER_NAMES)),
  mqtt: () => {
    const password = newPassword();
    return {
      mqtt_password: password,
      mqtt_url: `mqtts://${PART_USER}:${password}@broker:8883`,
      'nats_user.conf': `user: ${PART_USER}, password: "${password}"\n`,
      'emqx_users.csv': `user_id,password,is_superuser\n${PART_USER},${password},true\n`,
    };
  },
  store: ({ read }) => {
    const login = read('store_url')?.includes(`//${LOGINS[0]}:`) ? LOGINS[1] : LOGINS[0];
    return { store_url: `postgres://${login}:${newPassword()}@postgres/parley` };
  },
  postgres: () => ({ postgres_password: newPassword() }),
  mysql: () => {
    const password = newPassword();
    return {
      mysql_root_password: newPassword(),
      mysql_password: password,
      mysql_url: `mysql://parley:${password}@mysql/parley`,
    };
  },
  grafana: () => ({ grafana_password: newPassword() }),
  token: ({ read }) => makeTokenFiles(read),
} satisfies Record<string, Make>;

export type SecretName = keyof typeof SECRETS;

/** Of a secret's files the one that is written last, by which it is known to be there whole. */
export const LAST_FILE: Record<SecretName, string> = {
  authority: 'ca.crt',
  edge: 'edge.crt',
  broker: 'broker.crt',
  mqtt: 'emqx_users.csv',
  store: 'store_url',
  postgres: 'postgres_password',
  mysql: 'mysql_url',
  grafana: 'grafana_password',
  token: 'token_keys',
};

/** The names and addresses of a certificate that is there; of this machine where there is none. */
function namesOf(certificate: string | undefined): readonly [string, ...string[]] {
  if (certificate === undefined) return THIS_MACHINE;
  const { subjectAltName = '' } = new X509Certificate(certificate);
  const [first, ...others] = subjectAltName.split(', ').map((name) => name.replace(/^[^:]+:/, ''));
  return first === undefined ? THIS_MACHINE : [first, ...others];
}

/** A server's certificate for those names and addresses, the first of which is its own. */
function signServer(read: ReadFile, names: readonly [string, ...string[]]): Promise<Certificate> {
  return issueCertificate(authority(read), { name: names[0], use: { server: names } });
}

function certified(name: string, { cert, key }: Certificate): Record<string, string> {
  // The certificate last: an authority whose key is kept elsewhere is there all the same.
  return { [`${name}.key`]: key, [`${name}.crt`]: cert };
}

function authority(read: ReadFile): Certificate {
  const [cert, key] = [read('ca.crt'), read('ca.key')];
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new PlainError('ca.key, with which ca.crt signs, is away: bring it back, or renew both');
}

/** Letters, digits, - and _ alone, so that it needs no escaping in a URL. */
function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
